"""Speaks to both NATS servers for `peer_nats`, in the peers' interpreter. Arguments: leaf port, hub port."""

import asyncio
import json
import sys

import nats
from nats.js.api import ExternalStream, StreamConfig, StreamSource


class Client:
    """One command, one answer."""

    async def connects(self) -> None:
        """To both servers, directly."""
        self._leaf = (await nats.connect(f"nats://127.0.0.1:{sys.argv[1]}")).jetstream(domain="leaf")
        self._hub = (await nats.connect(f"nats://127.0.0.1:{sys.argv[2]}")).jetstream(domain="hub")

    async def join(self) -> str:
        """A stream at the leaf, one at the hub that has it as its source; waits until a message came over."""
        await self._leaf.add_stream(StreamConfig(name="OUT", subjects=["cases.>"]))
        source = StreamSource(name="OUT", external=ExternalStream(api="$JS.leaf.API"))
        await self._hub.add_stream(StreamConfig(name="IN", sources=[source]))
        await self._leaf.publish("cases.first", b"first")
        for _ in range(300):
            if await self.held() == 0 and (await self._hub.stream_info("IN")).state.messages == 1:
                return "joined"
            await asyncio.sleep(0.1)
        return "the first message did not come over"

    async def publish(self, path: str) -> str:
        """Every record, one after the other, each acknowledged by the leaf's stream."""
        with open(path, encoding="utf-8") as file:
            cases = json.load(file)
        for case in cases:
            await self._leaf.publish(
                "cases.one", json.dumps(case, ensure_ascii=False, separators=(",", ":")).encode()
            )
        return "published"

    async def held(self) -> int:
        """Messages of ours in the hub's stream."""
        return max(0, (await self._hub.stream_info("IN")).state.messages - 1)

    async def distinct(self) -> int:
        """Different cases among them."""
        last = (await self._hub.stream_info("IN")).state.last_seq
        seen = set()
        for seq in range(1, last + 1):
            message = await self._hub.get_msg("IN", seq)
            seen.add(json.loads(message.data)["case_id"] if message.data != b"first" else None)
        return len(seen - {None})


async def main() -> None:
    """Obey until standard input ends."""
    client = Client()
    await client.connects()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        print(json.dumps(await getattr(client, order.pop("do"))(**order)), flush=True)


asyncio.run(main())
