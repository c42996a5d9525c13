from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mendline.errors import SettingInvalidError
from mendline.kafka_security import security_of
from mendline.running import kafka_cluster
from mendline.settings import load_settings
from schemas.cluster import UNSECURED, Cluster, Security
from tests.authority import Authority

BROKER = {"kafka": "broker:9093"}
TLS = BROKER | {"kafka_security": "tls"}
USER = {"kafka_sasl_mechanism": "SCRAM-SHA-512", "kafka_user": "mendline", "kafka_password": "correct horse"}
SASL = BROKER | {"kafka_security": "sasl_tls"} | USER
SCRAM = Security("SASL_SSL", mechanism="SCRAM-SHA-512", user="mendline", password="correct horse")


def test_nothing_is_asked_unless_a_setting_says_so() -> None:
    assert kafka_cluster(load_settings(**BROKER)) == Cluster("broker:9093", security=UNSECURED)


def test_settings_say_who_we_are_to_brokers() -> None:
    assert security_of(load_settings(**SASL)) == SCRAM


@pytest.mark.parametrize(
    "names",
    [
        {"kafka_security": "SASL_SSL"},
        {"kafka_security": "sasl_ssl"},
        {"kafka_security": "SASL_TLS", "kafka_sasl_mechanism": "scram-sha-512"},
        {"kafka_sasl_mechanism": "SCRAM_SHA_512"},
    ],
)
def test_kafkas_own_names_are_understood(names: dict[str, str]) -> None:
    assert security_of(load_settings(**SASL | names)) == SCRAM


def test_password_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("correct horse\n")
    given = SASL | {"kafka_password": None, "kafka_password_file": tmp_path / "password"}
    assert security_of(load_settings(**given)) == SCRAM


def test_files_of_tls_are_named_wholly_for_processes_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority.made(tmp_path, "authority")
    monkeypatch.chdir(tmp_path)
    security = security_of(load_settings(**TLS, kafka_ca_file=authority.file.name, kafka_verify_hostname="false"))
    assert security == Security("SSL", ca_file=str(authority.file), verify_hostname=False)


def test_key_that_a_password_locks_is_opened(tmp_path: Path) -> None:
    ours = Authority.made(tmp_path, "authority").signed(tmp_path, "mendline", password="of the key")
    (tmp_path / "password").write_text("of the key")
    files = {"kafka_certificate_file": ours.certificate, "kafka_key_file": ours.key}
    security = security_of(load_settings(**TLS, **files, kafka_key_password_file=tmp_path / "password"))
    assert security.key_password == "of the key"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (TLS | {"kafka_security": "mtls"}, "MENDLINE_KAFKA_SECURITY: Input should be 'plaintext', 'tls', "),
        (SASL | {"kafka_sasl_mechanism": "GSSAPI"}, "MENDLINE_KAFKA_SASL_MECHANISM: Input should be 'PLAIN', "),
        (SASL | {"kafka_sasl_mechanism": None}, "MENDLINE_KAFKA_SASL_MECHANISM is missing: sasl_tls needs it"),
        (SASL | {"kafka_user": None}, "MENDLINE_KAFKA_USER is missing: sasl_tls needs it"),
        (SASL | {"kafka_password": None}, r"MENDLINE_KAFKA_PASSWORD \(or MENDLINE_KAFKA_PASSWORD_FILE\) is missing"),
        (SASL | {"kafka_password_file": "x"}, "MENDLINE_KAFKA_PASSWORD and MENDLINE_KAFKA_PASSWORD_FILE are both"),
        (
            SASL | {"kafka_security": "tls"},
            "MENDLINE_KAFKA_USER is given, and MENDLINE_KAFKA_SECURITY is tls: say",
        ),
        (BROKER | USER, "MENDLINE_KAFKA_USER is given, and MENDLINE_KAFKA_SECURITY is plaintext: say sasl_tls or"),
        (BROKER | {"kafka_ca_file": "x"}, "MENDLINE_KAFKA_CA_FILE is given, and .* is plaintext: say tls or sasl_tls"),
        (BROKER | {"kafka_verify_hostname": "false"}, "MENDLINE_KAFKA_VERIFY_HOSTNAME is given, and .* is plaintext"),
        (TLS | {"kafka_key_file": "x"}, "MENDLINE_KAFKA_KEY_FILE is given without MENDLINE_KAFKA_CERTIFICATE_FILE"),
        (TLS | {"kafka_key_password": "x"}, "MENDLINE_KAFKA_KEY_PASSWORD is given without"),
        ({"kafka_security": "tls"}, "MENDLINE_KAFKA_SECURITY is tls, and MENDLINE_KAFKA names no brokers"),
    ],
)
def test_settings_that_contradict_each_other_are_named(given: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingInvalidError, match=told):
        load_settings(**given)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (TLS | {"kafka_ca_file": "gone"}, "MENDLINE_KAFKA_CA_FILE: gone cannot be used .No such file or directory"),
        (TLS | {"kafka_ca_file": "empty"}, r"MENDLINE_KAFKA_CA_FILE: empty cannot be used \(.*\): give a file of PEM"),
        (TLS | {"kafka_ca_file": "."}, r"MENDLINE_KAFKA_CA_FILE: \. cannot be used \(Is a directory\)"),
        (TLS | {"kafka_certificate_file": "gone"}, "MENDLINE_KAFKA_CERTIFICATE_FILE: gone cannot be used"),
        (TLS | {"kafka_certificate_file": "authority.pem"}, "CERTIFICATE_FILE: authority.pem cannot be used .* a pair"),
        (
            TLS | {"kafka_certificate_file": "locked.pem", "kafka_key_file": "locked.key"},
            "locked.pem cannot be used .*a locked key needs MENDLINE_KAFKA_KEY_PASSWORD",
        ),
        (
            TLS | {"kafka_certificate_file": "locked.pem", "kafka_key_file": "authority.key"},
            "locked.pem cannot be used .*KEY_VALUES_MISMATCH.* a pair",
        ),
        (
            SASL | {"kafka_password": None, "kafka_password_file": "gone"},
            "MENDLINE_KAFKA_PASSWORD_FILE: gone cannot be used .No such file",
        ),
        (
            SASL | {"kafka_password": None, "kafka_password_file": "empty"},
            "MENDLINE_KAFKA_PASSWORD_FILE: empty is empty: write the password into it",
        ),
    ],
)
def test_file_that_cannot_be_used_is_told_by_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], told: str
) -> None:
    Authority.made(tmp_path, "authority").signed(tmp_path, "locked", password="of the key")
    (tmp_path / "empty").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingInvalidError, match=told):
        kafka_cluster(load_settings(**given))


def test_passwords_are_not_shown(tmp_path: Path) -> None:
    given = {"kafka_certificate_file": "x", "kafka_key_password": "of the key"}
    settings = load_settings(**SASL, **given)
    shown = f"{settings!r} {SCRAM!r} {Cluster('x:1', security=Security(key_password='of the key'))!r}"
    assert "correct horse" not in shown
    assert "of the key" not in shown
