"""`make serve` shows the site, or says in a sentence why it can't."""

import socket
import subprocess
import sys
import urllib.request

import pytest

from browsing import ROOT

LIMIT = 60
SERVE = [sys.executable, ROOT / "docs/site/serve.py"]


@pytest.fixture
def site(tmp_path):
    (tmp_path / "index.html").write_text("The book")
    return tmp_path


def refused(site, port):
    done = subprocess.run([*SERVE, site, str(port)], stderr=subprocess.PIPE, text=True, timeout=LIMIT)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    return done.stderr


def test_the_site_is_served(site):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen([*SERVE, site, str(port)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout.readline() == f"http://127.0.0.1:{port}/   (Ctrl-C ends it)\n"
            assert urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=LIMIT).read() == b"The book"
        finally:
            server.kill()


def test_any_free_port_is_named(site):
    with subprocess.Popen([*SERVE, site, "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            address = server.stdout.readline().split()[0]
            assert urllib.request.urlopen(address, timeout=LIMIT).read() == b"The book"
        finally:
            server.kill()


def test_no_site_is_told(tmp_path):
    assert refused(tmp_path, 8000) == f"There is no site in {tmp_path} yet: `make site` builds it.\n"


def test_a_port_that_is_taken_is_told(site):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert refused(site, port) == f"Port {port} can't be had (Address already in use): `make serve PORT=8001` takes another one.\n"


@pytest.mark.parametrize("port", ("many", 70000))
def test_what_is_no_port_is_told(site, port):
    assert refused(site, port) == f"Port {port} can't be had (it is not a port number): `make serve PORT=8001` takes another one.\n"
