"""Send a message by the office's mail server (SMTP, with STARTTLS or TLS where it offers them)."""

import json
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import make_msgid

from ronda.app.notify.errors import NotTakenError
from ronda.health.model import Delivery

ANSWER_S = 15.0


def send(settings: Mapping[str, str], delivery: Delivery) -> None:
    """Raises NotTakenError."""
    host, port = settings["host"], int(settings.get("port", "25"))
    try:
        with _connect(host, port, settings.get("security", "none")) as server:
            if user := settings.get("user"):
                server.login(user, settings.get("password", ""))
            server.send_message(_mail(settings, delivery))
    except (OSError, smtplib.SMTPException) as fault:
        raise NotTakenError(f"mail server {host}:{port}: {type(fault).__name__}") from None


def _connect(host: str, port: int, security: str) -> smtplib.SMTP:
    if security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=ANSWER_S, context=ssl.create_default_context())
    server = smtplib.SMTP(host, port, timeout=ANSWER_S)
    if security == "starttls":
        server.starttls(context=ssl.create_default_context())
    return server


def _mail(settings: Mapping[str, str], delivery: Delivery) -> EmailMessage:
    told = json.loads(delivery.body)
    mail = EmailMessage()
    mail["From"], mail["To"] = settings["from"], settings["to"]
    mail["Subject"] = f"Ronda: {told['text']}"[:200]
    mail["Message-ID"] = make_msgid(delivery.delivery_id.replace(":", "."), domain="ronda.invalid")
    mail["X-Ronda-Delivery"] = delivery.delivery_id
    mail.set_content(
        f"{told['text']}\n\nSejak {told['since']} (UTC)\nKamera: {', '.join(told['cameras'])}\n"
        f"Bukti: {told['evidence']}\n\nNomor: {told['incident']}\n"
    )
    return mail
