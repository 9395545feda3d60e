"""The one way through a proof: a scenario with its money, a certificate and whole pence become a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocate.errors import Problem, ProofFailed
from allocate.money import exact_decimals
from allocate.proving.certificate import certificate_of
from allocate.proving.certificate_file import read_certificate, to_dict
from allocate.proving.gave_way import gave_way_checks
from allocate.proving.keeping import keeping_checks
from allocate.proving.rounding import rounding_checks
from allocate.proving.shares import Chain
from allocate.proving.verdict import Verdict, check

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from allocate.allocation import Allocation
    from allocate.funding import Funded
    from allocate.proving.certificate import Certificate
    from allocate.proving.verdict import Check
    from allocate.solver.arrays import Pence


@exact_decimals()
def prove(funded: Funded, certificate: Certificate, amounts: Pence, first: Iterable[Check] = ()) -> Verdict:
    """Prove an allocation, or say where it is not what the rules ask for.

    Args:
        funded: the scenario with its money: what its rules say.
        certificate: levels and prices; nothing in it is trusted.
        amounts: what each area gets, in pence, in the order of the table.
        first: checks that come before the others.
    """
    scenario = funded.prepared.scenario
    checks = (*first, *checks_of(funded, certificate, amounts))
    return Verdict(str(scenario.title), amounts.size, checks, scenario.invented)


def checks_of(funded: Funded, certificate: Certificate, amounts: Pence) -> Iterator[Check]:
    """Every check of an allocation; see `prove`."""
    areas, unit = funded.prepared.areas, funded.prepared.unit
    limits = funded.measured.limits(certificate.gives)
    yield from keeping_checks(funded, certificate.gives, limits, amounts, certificate.left)
    yield from gave_way_checks(funded, certificate)
    if limits.contradict.any() or int(limits.lower.sum()) > funded.pot:
        yield check("share-out", "tranche", amounts.size, ["the rules cannot all hold in this pot"])
        return
    chain = Chain(funded, limits, certificate)
    yield from chain.checks()
    yield from rounding_checks(areas, limits, certificate, chain.last, amounts, unit)


def certificate_for(allocation: Allocation) -> dict[str, Any]:
    """The certificate of an allocation as JSON has it, once the allocation is proven with it.

    Raises:
        ProofFailed: the allocation is not what its rules ask for: a defect in allocate.
    """
    prepared = allocation.prepared
    found = to_dict(certificate_of(allocation), prepared.areas, prepared.policy)
    certificate = read_certificate(found, prepared.areas, prepared.policy, "certificate")
    verdict = prove(allocation.funded, certificate, allocation.amounts)
    if verdict.breached:
        told = [(each.what, f"{each.worst} {each.says}".strip()) for each in verdict.breached]
        raise ProofFailed([Problem(*each, "please report this") for each in told])
    return found
