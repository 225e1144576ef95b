"""Every bound of the mail, in one place; what is above one is refused in words, never half-taken."""

KIB = 1024
MIB = 1024 * KIB

PAYLOAD_BYTES_MAX = 256 * KIB  # one letter, before compression
CARRIED_BYTES_MAX = 512 * KIB  # a letter that carries another one back to its writer
HEADER_BYTES_MAX = 32 * KIB
FILES_PER_LETTER_MAX = 100
ENVELOPE_BYTES = 160  # about what signature, hash and header of one letter take on the wire
FILE_BYTES_MAX = 20 * MIB  # one attachment, before sealing

PARCEL_BYTES_MAX = 1 * MIB  # decompressed; the wire form is never larger than this either
PARCEL_BYTES_TARGET = 32 * KIB  # a cut costs about this much
PARCEL_BYTES_MIN = 4 * KIB  # one request of letters, adapting to the link
PARCEL_BYTES_START = 16 * KIB
PARCELS_UNDER_WAY_MAX = 6  # each on a connection of its own
LETTERS_PER_PARCEL_MAX = 256
WORDS_PER_PARCEL_MAX = 1024  # acknowledgements and receipts
SECTIONS_PER_PARCEL_MAX = 16  # parts of others that one parcel carries along
ROUNDS_MAX = 512  # round trips of one exchange; what remains waits for the next one

STREAMS_PER_SENDER_MAX = 64
STREAMS_STATED_MAX = 16  # in one manifest; a list shorter than this is complete
EARLY_PER_STREAM_MAX = 256  # held until their predecessor arrives
ASIDE_PER_SENDER_MAX = 1024  # held altogether, early ones and second versions
RECALLS_STATED_MAX = 8  # own streams a manifest asks back
RETURNED_LETTERS_MAX = 64  # given back of one stream before the next word of its writer
RETURNED_BYTES_TARGET = 256 * KIB  # given back for one manifest
WANTS_MAX = 8  # files a manifest asks for
AWAITED_MAX = 32  # receipts a manifest asks for
REFUSALS_STATED_MAX = 8

CHUNK_ROW_BYTES = 64 * KIB  # one row of a stored file
CHUNK_ROW_BYTES_MIN = 4 * KIB  # a row smaller than this is joined with what comes behind it
CHUNK_BYTES_MIN = 4 * KIB  # one request of a file, adapting to the link
CHUNK_BYTES_MAX = 256 * KIB
CHUNK_BYTES_START = 16 * KIB
LANES_MAX = 4  # pieces of files under way at once, each on a connection of its own
SMALL_FILE_BYTES = 64 * KIB  # what lacks no more than this goes before larger ones
CHUNK_BYTES_TAKEN_MAX = 1 * MIB  # what a stranger's tus client may send at once
FILES_PENDING_PER_SENDER_MAX = 2048
FILE_BYTES_PENDING_PER_SENDER_MAX = 4096 * MIB
LATER_SPANS_MAX = 64  # separate parts of one file held ahead of a gap
LATER_SPANS_STATED_MAX = 16  # of them in a manifest; what is not stated is sent again, without harm
PARTS_PER_SENDER_MAX = 256  # tus partial uploads
PARTS_PER_FILE_MAX = 64
PART_IDLE_SECONDS = 3600  # older than this, a partial upload makes room for a new one
UPLOAD_DAYS = 30  # what stands still for longer is given up; its bytes go, the file is still wanted
DISK_BYTES_KEPT = 512 * MIB  # of a disk that is nearly full: no file is taken into these

DICTIONARY_BYTES_MAX = 128 * KIB
DICTIONARIES_HELD_MAX = 64
DICTIONARIES_STATED_MAX = 4  # in one manifest, the newest

LEASE_SECONDS = 120  # in flight for longer than this counts as queued again
NONCE_SECONDS = 120
SESSION_SECONDS = 12 * 3600
SESSIONS_PER_NODE_MAX = 8

CARRIED_LETTERS_PER_CHILD_MAX = 20_000  # what a relay holds for one node below it, both ways together
CARRIED_LETTER_BYTES_PER_CHILD_MAX = 64 * MIB
CARRIED_WORDS_PER_CHILD_MAX = 4096
CARRIED_FILES_PER_CHILD_MAX = 1024
CARRIED_FILE_BYTES_PER_CHILD_MAX = 512 * MIB
CARRIED_ASK_SECONDS = 3600  # a manifest in which nothing changed is carried on no more often than this

WAIT_SECONDS_MAX = 5.0  # for a thread of the hall; a caller that would wait longer is told when to come back
BUSY_WAIT_SECONDS = 2.0  # from here on those who were served are asked to stay away for a while, too
COME_BACK_SECONDS_MAX = 300
