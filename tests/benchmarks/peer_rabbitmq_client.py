"""Speaks to both brokers for `peer_rabbitmq`, in the peers' interpreter. Arguments: near port, far port."""

import json
import sys
import time

import pika

PERSISTENT = pika.BasicProperties(delivery_mode=2)


class Client:
    """One command, one answer; a connection for each, so that none dies of silence."""

    def join(self) -> str:
        """One message goes over and is taken out again."""
        channel = self._near()
        channel.queue_declare("cases", durable=True)
        channel.basic_publish("", "cases", b"first", PERSISTENT)
        for _ in range(300):
            if self.held() == 1:
                self._far().queue_purge("cases")
                return "joined"
            time.sleep(0.1)
        return "the first message did not come over"

    def publish(self, path: str) -> str:
        """Every record, each confirmed by the near broker."""
        with open(path, encoding="utf-8") as file:
            cases = json.load(file)
        channel = self._near()
        channel.confirm_delivery()
        for case in cases:
            body = json.dumps(case, ensure_ascii=False, separators=(",", ":")).encode()
            channel.basic_publish("", "cases", body, PERSISTENT)
        return "published"

    def held(self) -> int:
        """Messages in the far queue."""
        return int(self._far().queue_declare("cases", durable=True).method.message_count)

    def distinct(self) -> int:
        """Different cases among them; closing the channel puts them back."""
        channel, seen = self._far(), set()
        while (got := channel.basic_get("cases"))[0] is not None:
            seen.add(json.loads(got[2])["case_id"])
        channel.connection.close()
        return len(seen)

    def _near(self) -> pika.channel.Channel:
        return self._connect(sys.argv[1])

    def _far(self) -> pika.channel.Channel:
        return self._connect(sys.argv[2])

    def _connect(self, port: str) -> pika.channel.Channel:
        for held in getattr(self, "_open", []):
            if held.is_open:
                held.close()
        connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(port)))
        self._open = [connection]
        return connection.channel()


def main() -> None:
    """Obey until standard input ends."""
    client = Client()
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(getattr(client, order.pop("do"))(**order)), flush=True)


main()
