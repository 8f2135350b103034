"""Set up, show and take away second factors: authenticator apps, passkeys, recovery codes.

Every step leaves an entry. A wrong proof is slowed like a wrong password. Who has a factor sets up another one
only in a session where one was shown; the last factor of a role that forces one cannot be taken away alone.
Not decided here: what a code or a passkey proves (`factors`, `passkeys`).
"""

from dataclasses import dataclass, replace
from typing import NoReturn

from ronda.access.errors import FactorNeededError, NoSuchFactorError, NotAllowedError, WrongCodeError
from ronda.access.factors import FORCED, Needs, new_secret, recovery_codes, recovery_digest, used_step
from ronda.access.model import Factor, FactorKind, Person
from ronda.access.passkeys import Passkeys
from ronda.access.ports import AuditLog, Factors, People
from ronda.access.service import Standing, role_names
from ronda.access.slowing import Slowing
from ronda.core.ids import new_id
from ronda.core.time import Clock
from ronda.evidence.entry import AuditEvent, Phase


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """Use cases of the own factors; `standing` is always that of the person's own session."""

    factors: Factors
    people: People
    log: AuditLog
    clock: Clock
    slowing: Slowing
    passkeys: Passkeys

    def mine(self, person: Person) -> list[Factor]:
        """Confirmed factors, oldest first."""
        return [factor for factor in self.factors.of(person.person_id) if factor.confirmed]

    def begin_totp(self, standing: Standing, name: str) -> Factor:
        """A new secret for an authenticator app; counts once its first code was shown."""
        self._may_add(standing)
        factor = Factor(
            factor_id=new_id("f"),
            person_id=standing.person.person_id,
            kind=FactorKind.TOTP,
            name=name,
            secret=new_secret(),
            added_us=self.clock.now_us(),
        )
        self.factors.add(factor)
        return factor

    def confirm_totp(self, standing: Standing, factor_id: str, code: str) -> list[str]:
        """The first code; returns recovery codes if these are the person's first, else []. Shown once."""
        self._may_add(standing)
        factor = self._own(standing.person, factor_id, confirmed=False)
        step = self._checked(standing.person, factor, code)
        self._note(standing.person, "faktor.dipasang", {"faktor": factor_id, "jenis": factor.kind.value})
        if not self.factors.confirm(factor_id, step):
            raise WrongCodeError
        return self._added(standing)

    def begin_passkey(self, standing: Standing, host: str) -> str:
        """What the browser needs to make a passkey, as JSON."""
        self._may_add(standing)
        known = [factor for factor in self.mine(standing.person) if factor.kind is FactorKind.PASSKEY]
        return self.passkeys.registration(standing.session.token_sha256, standing.person, host, known)

    def finish_passkey(self, standing: Standing, host: str, answer: str, name: str) -> list[str]:
        """The passkey that the browser made; returns recovery codes if these are the first, else []."""
        self._may_add(standing)
        made = self.passkeys.registered(standing.session.token_sha256, host, answer)
        factor = replace(
            made,
            factor_id=new_id("f"),
            person_id=standing.person.person_id,
            name=name,
            added_us=self.clock.now_us(),
        )
        self._note(standing.person, "faktor.dipasang", {"faktor": factor.factor_id, "jenis": factor.kind.value})
        self.factors.add(factor)
        return self._added(standing)

    def show_code(self, standing: Standing, code: str) -> None:
        """A code of an authenticator app, or a recovery code, proves this session. Raises WrongCodeError."""
        person, key = standing.person, f"code {standing.person.person_id}"
        self.slowing.check(key)
        now_us = self.clock.now_us()
        for factor in self.mine(person):
            if factor.kind is not FactorKind.TOTP:
                continue
            step = used_step(factor, code, now_us)
            if step is not None and self.factors.use_step(factor.factor_id, step):
                self._proved(standing, {"faktor": factor.factor_id, "jenis": factor.kind.value})
                return
        if len(code) > 10 and self.factors.use_recovery(person.person_id, recovery_digest(code)):
            self._proved(
                standing, {"jenis": "kode_pemulihan", "sisa": self.factors.recovery_left(person.person_id)}
            )
            return
        self._failed(person, key)

    def ask_passkey(self, standing: Standing, host: str) -> str:
        """What the browser needs to show a passkey, as JSON."""
        known = [factor for factor in self.mine(standing.person) if factor.kind is FactorKind.PASSKEY]
        return self.passkeys.question(standing.session.token_sha256, host, known)

    def show_passkey(self, standing: Standing, host: str, answer: str) -> None:
        """A passkey proves this session. Raises WrongCodeError."""
        person, key = standing.person, f"code {standing.person.person_id}"
        self.slowing.check(key)
        known = [factor for factor in self.mine(person) if factor.kind is FactorKind.PASSKEY]
        try:
            used, count = self.passkeys.shown(standing.session.token_sha256, host, answer, known)
        except WrongCodeError:
            self._failed(person, key)
        self.factors.use_passkey(used.factor_id, count, self.clock.now_us())
        self._proved(standing, {"faktor": used.factor_id, "jenis": used.kind.value})

    def remove(self, standing: Standing, factor_id: str) -> None:
        """Take an own factor away; the last one stays where the role forces one."""
        self._must_be_proved(standing)
        factor = self._own(standing.person, factor_id, confirmed=True)
        if len(self.mine(standing.person)) == 1 and standing.person.roles & FORCED:
            raise NotAllowedError("this role needs a second factor. Next: set up another one first")
        self._note(standing.person, "faktor.dilepas", {"faktor": factor_id, "jenis": factor.kind.value})
        self.factors.remove(standing.person.person_id, factor_id)

    def fresh_recovery(self, standing: Standing) -> list[str]:
        """Ten new recovery codes; the old ones open nothing any more."""
        self._must_be_proved(standing)
        codes = recovery_codes()
        self._note(standing.person, "faktor.kode_pemulihan", {})
        self.factors.set_recovery(standing.person.person_id, [recovery_digest(code) for code in codes])
        return codes

    def _added(self, standing: Standing) -> list[str]:
        self.people.prove_session(standing.session.token_sha256, self.clock.now_us())
        if self.factors.recovery_left(standing.person.person_id):
            return []
        codes = recovery_codes()
        self.factors.set_recovery(standing.person.person_id, [recovery_digest(code) for code in codes])
        return codes

    def _may_add(self, standing: Standing) -> None:
        if standing.needs is Needs.PASSWORD:
            raise FactorNeededError("the one-time password comes first. Next: choose a password of your own")
        if standing.needs is not Needs.ENROL and self.mine(standing.person):
            self._must_be_proved(standing)

    def _must_be_proved(self, standing: Standing) -> None:
        if standing.needs is not Needs.NOTHING or standing.session.proved_us is None:
            raise FactorNeededError("a factor that you have must be shown first. Next: give its code")

    def _own(self, person: Person, factor_id: str, *, confirmed: bool) -> Factor:
        for factor in self.factors.of(person.person_id):
            if factor.factor_id == factor_id and factor.confirmed is confirmed:
                return factor
        raise NoSuchFactorError(factor_id)

    def _checked(self, person: Person, factor: Factor, code: str) -> int:
        key = f"code {person.person_id}"
        self.slowing.check(key)
        step = used_step(factor, code, self.clock.now_us())
        if step is None:
            self._failed(person, key)
        return step

    def _failed(self, person: Person, key: str) -> NoReturn:
        self.slowing.failed(key)
        self._note(person, "faktor.gagal", {}, "ditolak")
        raise WrongCodeError

    def _proved(self, standing: Standing, objects: dict[str, str | int]) -> None:
        self.slowing.forget(f"code {standing.person.person_id}")
        self._note(standing.person, "faktor.ditunjukkan", objects)
        self.people.prove_session(standing.session.token_sha256, self.clock.now_us())

    def _note(self, person: Person, action: str, objects: dict[str, str | int], outcome: str = "berhasil") -> None:
        self.log.append(
            AuditEvent(
                action=action,
                actor=person.person_id,
                role=role_names(person),
                phase=Phase.FACT,
                outcome=outcome,
                objects=objects,
            )
        )
