"""Write `areas.csv`: 130 invented GP practices, shaped like Leicester, Leicestershire and Rutland in 2022/23.

No practice here exists. Each starts from its neighbourhood (how deprived, how old, how rural) and departs
from it by chance; its people, need and money then follow from who lives there. Global sum follows an older
formula, which sees age more than deprivation, so money and need drift apart much as they do in life.

    python scenarios/llr/generate.py
"""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

SEED = 2022
TARGET = Path(__file__).with_name("areas.csv")

# Published totals, rounded: NHS Payments to General Practice 2022/23 (NHS England); Rutland's is exact, as
# published locally (4 practices).
PATIENTS = {"Leicester": 420_000, "Leicestershire": 739_290, "Rutland": 40_710}
GLOBAL_SUM = 109_000_000

# Everything below is invented, and set so that the whole table has the spread that the published one has.


class Neighbourhood(NamedTuple):
    """A group of practices, and what is typical of them."""

    place: str
    name: str
    practices: int
    rural: bool
    imd_score: float
    over_65: float  # share of patients
    ethnic_minority: float  # share of patients


NEIGHBOURHOODS = [
    Neighbourhood("Leicester", "Abbotsgate", 6, False, 24, 0.145, 0.45),
    Neighbourhood("Leicester", "Brickyard Row", 5, False, 40, 0.130, 0.30),
    Neighbourhood("Leicester", "Canalside", 6, False, 31, 0.085, 0.55),
    Neighbourhood("Leicester", "Dyers Cross", 5, False, 29, 0.115, 0.80),
    Neighbourhood("Leicester", "Eastfold", 5, False, 27, 0.130, 0.85),
    Neighbourhood("Leicester", "Lanternfields", 6, False, 34, 0.105, 0.60),
    Neighbourhood("Leicester", "Millrace", 5, False, 29, 0.125, 0.70),
    Neighbourhood("Leicester", "Old Tannery", 5, False, 36, 0.110, 0.50),
    Neighbourhood("Leicester", "Queensmere", 6, False, 22, 0.160, 0.40),
    Neighbourhood("Leicester", "Weavers Green", 5, False, 30, 0.120, 0.65),
    Neighbourhood("Leicestershire", "Ashcombe Vale", 5, True, 8, 0.245, 0.04),
    Neighbourhood("Leicestershire", "Barrowmere", 5, False, 15, 0.190, 0.10),
    Neighbourhood("Leicestershire", "Cloverdon", 5, False, 12, 0.200, 0.16),
    Neighbourhood("Leicestershire", "Dunsley Wolds", 5, True, 9, 0.260, 0.03),
    Neighbourhood("Leicestershire", "Elderwick", 5, False, 10, 0.225, 0.30),
    Neighbourhood("Leicestershire", "Foxholme", 4, True, 11, 0.240, 0.04),
    Neighbourhood("Leicestershire", "Granstow", 5, False, 18, 0.180, 0.12),
    Neighbourhood("Leicestershire", "Harrowdene", 5, False, 14, 0.205, 0.08),
    Neighbourhood("Leicestershire", "Kettlewick", 4, True, 9, 0.250, 0.05),
    Neighbourhood("Leicestershire", "Larkstone", 5, False, 20, 0.165, 0.22),
    Neighbourhood("Leicestershire", "Mossbrook", 5, False, 16, 0.195, 0.06),
    Neighbourhood("Leicestershire", "Ravenmoor", 4, True, 13, 0.220, 0.03),
    Neighbourhood("Leicestershire", "Stonewold", 5, False, 17, 0.200, 0.05),
    Neighbourhood("Leicestershire", "Thistleham", 5, False, 11, 0.210, 0.12),
    Neighbourhood("Leicestershire", "Wrenfold", 5, True, 10, 0.230, 0.06),
    Neighbourhood("Rutland", "Hambleford", 4, True, 9, 0.260, 0.04),
]

# Three practices unlike their neighbours: two beside a university (share of patients who are students),
# and a small one for homeless people, paid more a head than any formula gives.
STUDENTS = {"P014": 0.80, "P085": 0.85}
STUDENT_LIST_SIZE = 1.7
HOMELESS = "P034"
HOMELESS_LIST_SIZE = 0.12
HOMELESS_EXTRA = 1.33

# Names are a word, a way and a kind; larger lists have the grander kinds.
WORDS = """Alderfly Barleycorn Bellflower Bilberry Bluebell Bracken Bramblewood Brimstone Burnet Buttercup
    Campion Cinnabar Comfrey Cowslip Cranesbill Curlew Dabchick Damselfly Dandelion Dunnock Fieldfare Foxglove
    Gatekeeper Goldcrest Greenfinch Harebell Hawkbit Honeysuckle Hoverfly Kestrel Kingcup Knapweed Lapwing
    Linnet Loosestrife Mayfly Meadowsweet Moorhen Mugwort Nuthatch Orchid Oxlip Pimpernel Pipistrelle Quince
    Ragwort Redstart Sandpiper Skylark Sorrel Speedwell Stonechat Swallowtail Tansy Teasel Toadflax Treecreeper
    Vetch Wagtail Waxwing Wheatear Whimbrel Woodruff Yarrow Yellowhammer""".split()
WAYS = ["Lane", "Hill", "Street", "Meadow", "Bridge", "Road", "Court", "Gate"]
KINDS = {5_000: "Surgery", 9_000: "Medical Practice", 14_000: "Medical Centre"}
GRANDEST_KIND = "Health Centre"

# Patients per thousand in each band, and the work each makes, in the shape of the global sum formula.
AGES = ["0_4", "5_14", "15_44", "45_64", "65_74", "75_84", "85_plus"]
BANDS = [f"{sex}_{age}" for sex in ("male", "female") for age in AGES]
YOUNG = np.array([31, 69, 268, 127, 16, 8, 2, 30, 65, 236, 114, 18, 12, 4]) / 1000
OLD = np.array([19, 49, 145, 140, 68, 53, 16, 18, 46, 146, 147, 72, 58, 23]) / 1000
STUDENT = np.array([3, 6, 560, 15, 2, 1, 0, 3, 6, 385, 15, 2, 2, 0]) / 1000
WORKLOAD = np.array([4.0, 1.0, 1.0, 2.2, 4.2, 5.2, 6.3, 3.6, 1.0, 2.2, 3.4, 4.9, 6.6, 6.7])
