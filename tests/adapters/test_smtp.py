"""Mail over a real socket: encrypted or refused, to exactly one address, and never more than a sentence of trouble."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from artworks.adapters import smtp as mail
from artworks.adapters.smtp import Mailer, MailError
from tests.fakes.smtp_server import FakeSmtp, smtp_server

SENDER = "Artworks <art@studio.example>"
LETTER = ("nina@studio.example", "You are invited", "Grüße\n\nhttps://art.example/invitation/x\n")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a certificate for 127.0.0.1 and its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("smtp") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def tls(certificate: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate)
    return made


@pytest.fixture
def plain() -> Iterator[FakeSmtp]:
    with smtp_server() as server:
        yield server


def test_a_letter_arrives_as_it_was_written(plain: FakeSmtp) -> None:
    Mailer.from_url(plain.url, SENDER).send(*LETTER)
    (letter,) = plain.letters
    assert (letter["From"], letter["To"], letter["Subject"]) == (SENDER, LETTER[0], LETTER[1])
    assert letter.get_content().replace("\r\n", "\n") == LETTER[2]
    ((sender, to),) = plain.envelopes
    assert sender.startswith("mail FROM:<art@studio.example>")
    assert to == ["rcpt TO:<nina@studio.example>"]


def test_user_and_password_come_from_the_address(plain: FakeSmtp) -> None:
    plain.login = ("art@studio", "p@ss/word")
    url = plain.url.replace("//", "//art%40studio:p%40ss%2Fword@")
    Mailer.from_url(url, SENDER).send(*LETTER)
    assert len(plain.letters) == 1
    with pytest.raises(MailError, match="did not take the user name and password"):
        Mailer.from_url(url.replace("word", "other"), SENDER).send(*LETTER)


@pytest.mark.parametrize("wrapped", [False, True])
def test_encrypted_to_a_server_that_can_be_trusted(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch, wrapped: bool
) -> None:
    with smtp_server(tls, wrapped=wrapped) as server:
        mailer = Mailer.from_url(f"smtp{'s' * wrapped}://u:secret@127.0.0.1:{server.port}", SENDER)
        server.login = ("u", "secret")
        with pytest.raises(MailError, match="no certificate that can be trusted"):
            mailer.send(*LETTER)
        assert not any("AUTH" in line for line in server.lines)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        mailer.send(*LETTER)
        assert len(server.letters) == 1


def test_nothing_goes_out_in_the_open_when_the_server_offers_no_encryption(plain: FakeSmtp) -> None:
    with pytest.raises(MailError, match="did not take it"):
        Mailer.from_url(f"smtp://u:secret@127.0.0.1:{plain.port}", SENDER).send(*LETTER)
    assert [line.split(" ")[0] for line in plain.lines] in (["ehlo"], ["ehlo", "STARTTLS"])


@pytest.mark.parametrize(
    "to",
    [
        "nina@studio.example\r\nBcc: all@studio.example",
        "nina@studio.example, eve@evil.example",
        "Nina <eve@evil.example>",
        "nina@studio.example> NOTIFY=NEVER",
        '"a b"@studio.example',
        "@studio.example",
        "nina@",
        "nobody",
    ],
)
def test_one_address_is_one_address(plain: FakeSmtp, to: str) -> None:
    with pytest.raises(MailError, match="address cannot be written to"):
        Mailer.from_url(plain.url, SENDER).send(to, "Hello", "Hello")
    assert plain.lines == []


@pytest.mark.parametrize(
    ("to", "written"),
    [
        ("info@bücher.example", "info@xn--bcher-kva.example"),
        ("info@BÜCHER.example", "info@xn--bcher-kva.example"),
        ("info@straße.example", "info@xn--strae-oqa.example"),
        ("info@例え.テスト", "info@xn--r8jz45g.xn--zckzah"),
        ("info@under_score.example", "info@under_score.example"),
    ],
)
def test_a_domain_is_written_as_every_server_takes_it(plain: FakeSmtp, to: str, written: str) -> None:
    mailer = Mailer.from_url(plain.url, "Bücher <art@bücher.example>")
    mailer.send(to, *LETTER[1:])
    (letter,) = plain.letters
    assert (letter["To"], letter["From"]) == (written, "Bücher <art@xn--bcher-kva.example>")
    assert f"rcpt TO:<{written}>" in plain.lines
    assert not any("smtputf8" in line.lower() for line in plain.lines)


@pytest.mark.parametrize(
    "sender", ["art@localhost", "Art <art@mail_host>", '"Art, Studio" <art@studio.local>', "art@[127.0.0.1]"]
)
def test_letters_come_from_whatever_name_a_network_has(plain: FakeSmtp, sender: str) -> None:
    # This one would not be taken as a new address; whoever has it gets letters all the same.
    Mailer.from_url(plain.url, sender).send("dot..dot@studio.example", *LETTER[1:])
    (letter,) = plain.letters
    assert (letter["From"], letter["To"]) == (sender, "dot..dot@studio.example")


@pytest.mark.parametrize(
    ("to", "sentence"),
    [("jörg@studio.example", "in front of the @"), ("info@\U0001f41f\u200d.example", "cannot be written to")],
)
def test_an_address_that_servers_do_not_take_is_told(plain: FakeSmtp, to: str, sentence: str) -> None:
    with pytest.raises(MailError, match=sentence):
        Mailer.from_url(plain.url, SENDER).send(to, *LETTER[1:])
    assert plain.letters == []


def test_a_subject_cannot_bring_headers(plain: FakeSmtp) -> None:
    with pytest.raises(MailError, match="cannot be written as a mail"):
        Mailer.from_url(plain.url, SENDER).send(LETTER[0], "Hi\r\nBcc: all@studio.example", "Hello")
    assert plain.letters == []


@pytest.mark.parametrize(
    ("refused", "sentence"), [("rcpt", "the address"), ("mail", "take it"), ("data", "take it")]
)
def test_what_the_server_refuses_is_told_without_its_words(
    plain: FakeSmtp, refused: str, sentence: str
) -> None:
    plain.refuses = refused.upper()
    with pytest.raises(MailError, match=sentence) as told:
        Mailer.from_url(plain.url, SENDER).send(*LETTER)
    assert "550" not in str(told.value)


def test_a_server_that_is_not_there_or_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with smtp_server() as server:
        url = server.url
    with pytest.raises(MailError):
        Mailer.from_url(url, SENDER).send(*LETTER)
    assert mail.TIMEOUT == 10
    monkeypatch.setattr(mail, "TIMEOUT", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mailer = Mailer.from_url(f"smtp://127.0.0.1:{silent.getsockname()[1]}?starttls=off", SENDER)
        with pytest.raises(MailError):
            mailer.send(*LETTER)


@pytest.mark.parametrize(
    ("url", "sender", "sentence"),
    [
        ("http://u:geheim@mail.example", SENDER, "must look like"),
        ("smtp://u:geheim@:25", SENDER, "must look like"),
        ("smtp://u:geheim@mail.example:port", SENDER, "must look like"),
        ("smtp://u:geheim@mail.example/path", SENDER, "must look like"),
        ("smtp://u:geheim@mail.example?tls=off", SENDER, "must look like"),
        ("smtp://u:geheim@mail.example?starttls=off", SENDER, "only for a mail server on this computer"),
        ("smtp://mail.localhost?starttls=off", SENDER, "only for a mail server on this computer"),
        ("smtp://u:geheim@mail.example", "nobody", "MAIL_FROM"),
        ("smtp://u:geheim@mail.example", "a@b.example, c@d.example", "MAIL_FROM"),
        ("smtp://u:geheim@mail.example", "Art <a@b..example>", "MAIL_FROM"),
        ("smtp://u:geheim@mail.example", "a@-b.example", "MAIL_FROM"),
        ("smtp://u:geheim@mail.example", "a@b.example\r\nBcc: c@d.example", "MAIL_FROM"),
    ],
)
def test_wrong_settings_are_told_without_the_secret(url: str, sender: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as told:
        Mailer.from_url(url, sender)
    assert "geheim" not in str(told.value)


def test_the_usual_ports_and_no_secret_in_sight() -> None:
    starttls, tls = (Mailer.from_url(f"{way}://u:geheim@mail.example", SENDER) for way in ("smtp", "smtps"))
    assert (starttls.port, starttls.tls, starttls.starttls, tls.port, tls.tls) == (
        587,
        False,
        True,
        465,
        True,
    )
    assert "geheim" not in repr(tls)
