"""Either side of the Morango peer, in the peers' interpreter: JSON lines in and out. Argument: a folder."""

import json
import sys
import threading
import time
from pathlib import Path

import django
from django.conf import settings

FOLDER = Path(sys.argv[1])
settings.configure(
    SECRET_KEY="measured on loopback",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="morango.urls",
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "rest_framework",
        "morango",
        "morango_app",
    ],
    MIDDLEWARE=[],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(FOLDER / "db.sqlite3"),
            "OPTIONS": {"timeout": 60},
        }
    },
)
django.setup()

from cheroot import wsgi  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from morango.models.certificates import Certificate, Filter, ScopeDefinition  # noqa: E402
from morango.sync.controller import MorangoProfileController  # noqa: E402
from morango_app.models import Case  # noqa: E402


class Side:
    """One command, one answer."""

    def found(self) -> str:
        """Tables, and the root certificate that both sides are given."""
        call_command("migrate", run_syncdb=True, verbosity=0)
        connection.cursor().execute("PRAGMA journal_mode=WAL")
        ScopeDefinition.objects.create(
            id="all",
            profile="cases",
            version=1,
            primary_scope_param_key="place",
            description="all cases",
            read_filter_template="",
            write_filter_template="",
            read_write_filter_template="${place}",
        )
        Certificate.generate_root_certificate("all")
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return "founded"

    def listen(self) -> int:
        """Serve Morango's own interface."""
        server = wsgi.Server(("127.0.0.1", 0), get_wsgi_application(), numthreads=10)
        server.prepare()
        threading.Thread(target=server.serve, daemon=True).start()
        return server.bind_addr[1]

    def join(self, port: int) -> str:
        """One case goes over, so that both know each other."""
        self._url = f"http://127.0.0.1:{port}/"
        self._put({"case_id": "first"})
        self._push()
        return "joined"

    def put(self, path: str) -> str:
        """Every record."""
        with open(path, encoding="utf-8") as file:
            for case in json.load(file):
                self._put(case)
        return "put"

    def push(self) -> str:
        """Try, as Kolibri's tasks do, until it went through; within a request Morango itself tries again."""
        threading.Thread(target=self._push_until_done, daemon=True).start()
        return "pushing"

    def held(self) -> int:
        """Cases in the application's own table."""
        return Case.objects.count()

    def _put(self, case: dict) -> None:
        body = json.dumps(case, ensure_ascii=False, separators=(",", ":"))
        Case.objects.create(case_id=case["case_id"], place=self._certificate().id, body=body)

    def _push_until_done(self) -> None:
        while True:
            try:
                self._push()
                return
            except Exception as problem:  # noqa: BLE001 - whatever it was, it is tried again
                print(repr(problem), file=sys.stderr, flush=True)
                time.sleep(1)

    def _push(self) -> None:
        own = self._certificate()
        line = MorangoProfileController("cases").create_network_connection(self._url)
        session = line.create_sync_session(own, own)
        client = session.get_push_client()
        client.initialize(Filter(own.id))
        client.run()
        client.finalize()
        session.close_sync_session()

    def _certificate(self) -> Certificate:
        return Certificate.objects.get()


side = Side()
for order_line in sys.stdin:
    order = json.loads(order_line)
    print(json.dumps(getattr(side, order.pop("do"))(**order)), flush=True)
