"""Shows the site in a browser of this machine: serve.py SITE PORT."""

import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def main(site: Path, port: str) -> None:
    if not (site / "index.html").is_file():
        sys.exit(f"There is no site in {site} yet: `make site` builds it.")
    try:
        server = ThreadingHTTPServer(("127.0.0.1", int(port)), partial(SimpleHTTPRequestHandler, directory=str(site)))
    except (OSError, OverflowError, ValueError) as error:
        reason = getattr(error, "strerror", "it is not a port number")
        sys.exit(f"Port {port} can't be had ({reason}): `make serve PORT=8001` takes another one.")
    print(f"http://127.0.0.1:{server.server_address[1]}/   (Ctrl-C ends it)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
