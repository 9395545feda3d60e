"""Write `areas.csv`: 130 invented GP practices, shaped like Leicester, Leicestershire and Rutland in 2022/23.

No practice here exists. Each starts from its neighbourhood (how deprived, how old, how rural) and departs
from it by chance; its people, need and money then follow from who lives there. Global sum sees age, illness
and rurality but not inequality, so money and need drift apart much as they do in life.

    python scenarios/llr/generate.py
"""

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np

SEED = 2873  # picked because its distances from target come out spread like the published ones
TARGET = Path(__file__).with_name("areas.csv")

# Published totals, rounded: NHS Payments to General Practice 2022/23 (NHS England). Rutland's patients are
# exact, as published for Leicester, Leicestershire and Rutland (LLR), in 4 practices.
PATIENTS = {"Leicester": 420_000, "Leicestershire": 739_290, "Rutland": 40_710}
GLOBAL_SUM = 109_000_000

# Everything below is invented, and set so that the table as a whole is spread like the published one.


class Neighbourhood(NamedTuple):
    """A group of practices, and what is typical of them."""

    place: str
    name: str
    practices: int
    rurality: str
    imd_score: float
    over_65: float  # share of patients
    ethnic_minority: float  # share of patients


NEIGHBOURHOODS = [
    Neighbourhood("Leicester", "Abbotsgate", 6, "Urban", 24, 0.145, 0.45),
    Neighbourhood("Leicester", "Brickyard Row", 5, "Urban", 38, 0.130, 0.30),
    Neighbourhood("Leicester", "Longwharf", 6, "Urban", 31, 0.085, 0.55),
    Neighbourhood("Leicester", "Dyers Cross", 5, "Urban", 29, 0.115, 0.80),
    Neighbourhood("Leicester", "Eastfold", 5, "Urban", 27, 0.130, 0.85),
    Neighbourhood("Leicester", "Lanternfields", 6, "Urban", 34, 0.105, 0.60),
    Neighbourhood("Leicester", "Millrace", 5, "Urban", 29, 0.125, 0.70),
    Neighbourhood("Leicester", "Old Tannery", 5, "Urban", 36, 0.110, 0.50),
    Neighbourhood("Leicester", "Queensmere", 6, "Urban", 22, 0.160, 0.40),
    Neighbourhood("Leicester", "Weavers Green", 5, "Urban", 30, 0.120, 0.65),
    Neighbourhood("Leicestershire", "Ashcombe Vale", 5, "Rural", 8, 0.245, 0.04),
    Neighbourhood("Leicestershire", "Barrowmere", 5, "Urban", 15, 0.190, 0.10),
    Neighbourhood("Leicestershire", "Cloverdon", 5, "Urban", 12, 0.200, 0.16),
    Neighbourhood("Leicestershire", "Dunsley Wolds", 5, "Rural", 9, 0.260, 0.03),
    Neighbourhood("Leicestershire", "Elderwick", 5, "Urban", 10, 0.225, 0.30),
    Neighbourhood("Leicestershire", "Foxholme", 4, "Rural", 11, 0.240, 0.04),
    Neighbourhood("Leicestershire", "Granstow", 5, "Urban", 18, 0.180, 0.12),
    Neighbourhood("Leicestershire", "Harrowdene", 5, "Urban", 14, 0.205, 0.08),
    Neighbourhood("Leicestershire", "Kettlewick", 4, "Rural", 9, 0.250, 0.05),
    Neighbourhood("Leicestershire", "Larkstone", 5, "Urban", 25, 0.165, 0.22),
    Neighbourhood("Leicestershire", "Mossbrook", 5, "Urban", 16, 0.195, 0.06),
    Neighbourhood("Leicestershire", "Ravenmoor", 4, "Rural", 13, 0.220, 0.03),
    Neighbourhood("Leicestershire", "Stonewold", 5, "Urban", 17, 0.200, 0.05),
    Neighbourhood("Leicestershire", "Thistleham", 5, "Urban", 11, 0.210, 0.12),
    Neighbourhood("Leicestershire", "Wrenfold", 5, "Rural", 10, 0.230, 0.06),
    Neighbourhood("Rutland", "Hambleford", 4, "Rural", 8, 0.265, 0.04),
]

PRACTICES = sum(home.practices for home in NEIGHBOURHOODS)

# Three practices unlike their neighbours: two beside a university (the share of patients who are students),
# and a small one for homeless people, paid more a head than a formula gives. Sizes are against their usual.
STUDENTS = {"P014": 0.85, "P085": 0.85}
STUDENT_LIST_SIZE = 1.8
HOMELESS = "P041"
HOMELESS_LIST_SIZE = 0.22
HOMELESS_EXTRA = 1.5

# Names are a word, a way and a kind; larger lists have the grander kinds.
WORDS = """
    Alderfly Barleycorn Bellflower Bilberry Bluebell Bracken Bramblewood Brimstone Burnet Buttercup Campion
    Cinnabar Comfrey Cowslip Cranesbill Curlew Dabchick Damselfly Dandelion Dunnock Fieldfare Foxglove
    Gatekeeper Goldcrest Greenfinch Harebell Hawkbit Honeysuckle Hoverfly Kestrel Kingcup Knapweed Lapwing
    Linnet Loosestrife Mayfly Meadowsweet Moorhen Mugwort Nuthatch Orchid Oxlip Pimpernel Pipistrelle Quince
    Ragwort Redstart Sandpiper Skylark Sorrel Speedwell Stonechat Swallowtail Tansy Teasel Toadflax
    Treecreeper Vetch Wagtail Waxwing Wheatear Whimbrel Woodruff Yarrow Yellowhammer
"""
WAYS = ["Lane", "Hill", "Street", "Meadow", "Bridge", "Road", "Court", "Gate"]
KINDS = {5_000: "Surgery", 9_000: "Medical Practice", 14_000: "Medical Centre"}
GRANDEST_KIND = "Health Centre"

# Patients per thousand in each band, for a young list, an old one and one of students.
AGES = ["0_4", "5_14", "15_44", "45_64", "65_74", "75_84", "85_plus"]
BANDS = [f"{sex}_{age}" for sex in ("male", "female") for age in AGES]
OVER_65 = [number for number, band in enumerate(BANDS) if band.endswith(("65_74", "75_84", "85_plus"))]
YOUNG = np.array([31, 69, 268, 127, 16, 8, 2, 30, 65, 236, 114, 18, 12, 4]) / 1000
OLD = np.array([19, 49, 145, 140, 68, 53, 16, 18, 46, 146, 147, 72, 58, 23]) / 1000
STUDENT = np.array([3, 6, 560, 15, 2, 1, 0, 3, 6, 385, 15, 2, 2, 0]) / 1000

# How much work a patient in each band makes, and the extra for some, in the shape of the global sum formula.
WORKLOAD = np.array([4.0, 1.0, 1.0, 2.2, 4.2, 5.2, 6.3, 3.6, 1.0, 2.2, 3.4, 4.9, 6.6, 6.7])
NEW_PATIENT_EXTRA = 0.46
CARE_HOME_EXTRA = 0.43
RURAL_EXTRA = 0.02

# The columns of the file, in order, and how each is written.
FORMATS = {
    "practice_code": "",
    "practice_name": "",
    "place": "",
    "neighbourhood": "",
    "contract_type": "",
    "rurality": "",
    "registered_patients": ".1f",
    "global_sum": ".2f",
    "primary_medical_need": ".2f",
    "health_inequalities": ".2f",
    "imd_score": ".1f",
    "imd_quintile": "d",
    **dict.fromkeys(BANDS, "d"),
    "new_registrations": "d",
    "care_home_residents": "d",
    "imd_health_score": ".2f",
    "ethnic_minority_share": ".3f",
}

Table = dict[str, np.ndarray]  # a column by name: one value for each practice


def main() -> None:
    """Write the table beside this file."""
    table = practices(np.random.Generator(np.random.PCG64(SEED)))
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(FORMATS)
        for row in zip(*(table[column] for column in FORMATS), strict=True):
            writer.writerow(format(value, spec) for value, spec in zip(row, FORMATS.values(), strict=True))


def practices(rng: np.random.Generator) -> Table:
    """Every practice, in the order of cause: where it is, who its patients are, their need, its money."""
    table = neighbourhoods()
    table["registered_patients"] = list_sizes(rng, table)
    table["practice_name"] = names(rng, table)
    table["contract_type"] = contract_types(rng, table)
    table |= deprivation(rng, table)
    table |= people(rng, table)
    table |= need(rng, table)
    table["global_sum"] = global_sum(rng, table)
    return table


def neighbourhoods() -> Table:
    """What each practice takes from its neighbourhood, and which practices are unlike it."""
    homes = [home for home in NEIGHBOURHOODS for _ in range(home.practices)]
    codes = [f"P{number:03}" for number in range(1, len(homes) + 1)]
    return {
        "practice_code": np.array(codes),
        "place": np.array([home.place for home in homes]),
        "neighbourhood": np.array([home.name for home in homes]),
        "rurality": np.array([home.rurality for home in homes]),
        "typical_imd_score": np.array([home.imd_score for home in homes]),
        "typical_over_65": np.array([home.over_65 for home in homes]),
        "typical_ethnic_minority": np.array([home.ethnic_minority for home in homes]),
        "students": np.array([STUDENTS.get(code, 0.0) for code in codes]),
        "homeless": np.array([code == HOMELESS for code in codes]),
    }


def list_sizes(rng: np.random.Generator, table: Table) -> np.ndarray:
    """Registered patients, adding up to each place's published total.

    They go in steps of 0.2, so that none ends in .5, which some software rounds up and some to even.
    """
    size = noise(rng, 0.55)
    size[table["students"] > 0] *= STUDENT_LIST_SIZE
    size[table["homeless"]] *= HOMELESS_LIST_SIZE
    for place, total in PATIENTS.items():
        here = table["place"] == place
        size[here] = apportion(total * 5, size[here]) / 5
    return size


def names(rng: np.random.Generator, table: Table) -> np.ndarray:
    """A name for each practice, no two alike."""
    pairs = [f"{word} {way}" for word in WORDS.split() for way in WAYS]
    drawn = np.argsort(rng.random(len(pairs)))[:PRACTICES]
    sizes = table["registered_patients"]
    return np.array([f"{pairs[pair]} {kind(size)}" for pair, size in zip(drawn, sizes, strict=True)])


def kind(list_size: float) -> str:
    """What a practice of this size calls itself."""
    return next((kind for limit, kind in KINDS.items() if list_size < limit), GRANDEST_KIND)


def contract_types(rng: np.random.Generator, table: Table) -> np.ndarray:
    """Mostly GMS; a few PMS and APMS in towns, and APMS for the practice for homeless people."""
    drawn = rng.random(PRACTICES)
    in_town = np.select([drawn < 0.03, drawn < 0.10], ["PMS", "APMS"], "GMS")
    contract = np.where(table["rurality"] == "Rural", "GMS", in_town)
    return np.where(table["homeless"], "APMS", contract)


def deprivation(rng: np.random.Generator, table: Table) -> Table:
    """Deprivation, overall and in health, its fifth of practices (1 is the most deprived), and ethnicity."""
    score = np.round(table["typical_imd_score"] * noise(rng, 0.16), 1)
    most_deprived_first = np.argsort(-score, kind="stable")
    fifth = np.empty(PRACTICES, dtype=int)
    fifth[most_deprived_first] = np.arange(PRACTICES) * 5 // PRACTICES + 1
    health_score = np.round(0.035 * (score - 23) + np.log(noise(rng, 0.3)), 2)
    minority = np.clip(table["typical_ethnic_minority"] * noise(rng, 0.2), 0.01, 0.95)
    return {
        "imd_score": score,
        "imd_quintile": fifth,
        "imd_health_score": health_score,
        "ethnic_minority_share": minority,
    }


def people(rng: np.random.Generator, table: Table) -> Table:
    """Whole people by age and sex, newly registered, and in care homes."""
    totals = np.round(table["registered_patients"]).astype(int)
    shares = age_shares(rng, table)
    bands = np.array([apportion(total, share) for total, share in zip(totals, shares, strict=True)])
    joined = (0.05 + 0.001 * table["imd_score"] + 0.25 * table["students"]) * noise(rng, 0.15)
    over_85 = bands[:, BANDS.index("male_85_plus")] + bands[:, BANDS.index("female_85_plus")]
    return {
        **dict(zip(BANDS, bands.T, strict=True)),
        "new_registrations": np.round(totals * joined).astype(int),
        "care_home_residents": np.round(0.2 * over_85 * noise(rng, 0.5)).astype(int),
        "workload": bands @ WORKLOAD / totals,
    }


def age_shares(rng: np.random.Generator, table: Table) -> np.ndarray:
    """Patients in each band, as weights: between a young list and an old one, with students on top."""
    over_65 = table["typical_over_65"] * noise(rng, 0.1)
    old = (over_65 - YOUNG[OVER_65].sum()) / (OLD[OVER_65].sum() - YOUNG[OVER_65].sum())
    settled = np.outer(1 - old, YOUNG) + np.outer(old, OLD)
    students = table["students"][:, None]
    return (students * STUDENT + (1 - students) * settled) * noise(rng, 0.05, len(BANDS))


def need(rng: np.random.Generator, table: Table) -> Table:
    """Populations weighted by primary medical need and by health inequalities; each adds up to all patients.

    Lists in the city differ more from one to the next; students need more than their age and health tell.
    """
    patients = table["registered_patients"]
    beyond_age = np.exp(0.1 * table["imd_health_score"] + 0.25 * table["students"])
    by_chance = noise(rng, np.where(table["place"] == "Leicester", 0.065, 0.025))
    per_head = {
        "primary_medical_need": table["workload"] * beyond_age * by_chance,
        "health_inequalities": np.exp(0.033 * table["imd_score"]) * noise(rng, 0.08),
    }
    hundredths = round(patients.sum() * 100)
    return {name: apportion(hundredths, patients * index) / 100 for name, index in per_head.items()}


def global_sum(rng: np.random.Generator, table: Table) -> np.ndarray:
    """Pounds and pence: by age and health, with extras for new patients, care homes and rural practices."""
    weighted = table["registered_patients"] * table["workload"] * np.exp(0.115 * table["imd_health_score"])
    weighted *= 1 + NEW_PATIENT_EXTRA * table["new_registrations"] / table["registered_patients"]
    weighted *= 1 + CARE_HOME_EXTRA * table["care_home_residents"] / table["registered_patients"]
    weighted *= 1 + RURAL_EXTRA * (table["rurality"] == "Rural")
    weighted *= np.where(table["homeless"], HOMELESS_EXTRA, 1)
    return apportion(GLOBAL_SUM * 100, weighted * noise(rng, 0.01)) / 100


def noise(rng: np.random.Generator, spread: float | np.ndarray, *shape: int) -> np.ndarray:
    """Factors about 1 with this spread in their logarithm, one for each practice.

    A dozen uniform draws, less six, are nearly normal. numpy promises the bits of PCG64, which uniform draws
    come straight from; how it makes normal ones may change between releases.
    """
    return np.exp(spread * (rng.random((PRACTICES, *shape, 12)).sum(axis=-1) - 6))


def apportion(total: int, weights: np.ndarray) -> np.ndarray:
    """Whole units in proportion to the weights, adding up to the total: by largest remainder."""
    exact = total * weights / weights.sum()
    whole = np.floor(exact).astype(int)
    missing = total - whole.sum()
    whole[np.argsort(whole - exact, kind="stable")[:missing]] += 1
    return whole


if __name__ == "__main__":
    main()
