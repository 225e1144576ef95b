"""What the text of every parcel has in common, known to both ends beforehand.

It stands in front of the text as raw content for zstd, so that a short parcel (a heartbeat, an
acknowledgement) takes little more than its hashes and signatures. It is part of the format: a change
of it is a change of version. What comes last compresses best.
"""

PARCEL_WORDS = (
    b'R{"at":"2026-11-22T09:41:00Z","by":"","sha256":"","size":0}\n'
    b'"recall":[{"after":0,"instance":""}],"refused":[{"name":"","why":""}],"retry_after":60,'
    b'"latest":{"application":1,"catalog":1},"carried":[{"head":"","instance":"","to":"","upto":1}],'
    b'"files":[{"name":"1","sha256":"","size":0},{"name":"2","sha256":"","size":0}],'
    b'"kem":"mlkem768-x25519","enc":"","again":"","catalog":1,"kind":"mail.returned",'
    b'"kind":"paper.","kind":"result.told","kind":"result.handed_out","kind":"document.printed",'
    b'"kind":"case.noticed","kind":"case.arrived","kind":"case.accepted","kind":"case.decided",'
    b'"kind":"case.received","made_at":"2026-11-22T09:4'
    b'S{"from":"","instance":"","key":"","prev":"'
    b"0000000000000000000000000000000000000000000000000000000000000000"
    b'","seq":1,"suite":"ed25519-sha256","to":""}\n'
    b'E{"catalog":1,"epoch":1,"kind":"case.received","made_at":"2026-11-22T09:41:00Z","proof":"hall",'
    b'"sealed":350,"size":2000,"subject":""}\n'
    b'E{"epoch":1,"kind":"case.opened","made_at":"2026-11-22T09:41:00Z","proof":"chain",'
    b'"sealed":350,"size":2000,"subject":""}\n'
    b'M{"at":"2026-11-22T09:41:00Z","awaits":[""],"brief":true,"contains":true,"dictionaries":[],'
    b'"from":"","have":[{"head":"","instance":"","upto":1}],"latest":{"catalog":1},'
    b'"log":{"head":"","size":1},"mine":[{"acked":1,"instance":"","last":1}],"more":true,"nonce":"",'
    b'"to":"","v":1,"wants":[{"held":0,"sha256":""}],"witness":{"head":"","size":1}}\n'
    b'A{"at":"2026-11-22T09:41:00Z","by":"","from":"","head":"","instance":"",'
    b'"log":{"head":"","size":1},"to":"","upto":1}\n'
)
