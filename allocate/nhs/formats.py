"""What the columns of each official file can mean: the tables to extend when a year brings a new header.

Patterns are regular expressions for plain headers (`headers.plain`): lower case, no years, spaces or signs.
The headers seen in publications from 2014/15 on are covered, in either style (``CCG Code``, ``CCGCode``).
"""

from __future__ import annotations

from dataclasses import replace

from allocate.nhs.headers import Kind, Meaning

PRACTICE_CODE = Meaning(
    "practice_code",
    "Practice Code",
    (
        r"(gp)?prac(tice)?(ods)?code(current)?",
        r"(ods)?(gp)?practicecode",
        r"org(anisation)?code",
        r"odscode",
        r"practice",
        r"code",
    ),
    "text",
    required=True,
)
_TOTAL = r"total(nhs)?payments(to)?generalpractice"


def _text(column: str, example: str, *patterns: str, required: bool = False) -> Meaning:
    return Meaning(column, example, patterns, "text", required)


def _number(column: str, example: str, *patterns: str, required: bool = False) -> Meaning:
    return Meaning(column, example, patterns, "number", required)


EXTRACT_DATE = _text("date", "EXTRACT_DATE", r"extractdate")
SEX = _text("sex", "SEX", r"sex|gender")
PATIENTS = _number("patients", "NUMBER_OF_PATIENTS", r"(number(of)?)?patients?", required=True)
LSOA_CODES = r"lsoa\d*(code|cd)"

PAYMENTS = Kind(
    "NHS Payments to General Practice",
    "--payments",
    (
        PRACTICE_CODE,
        _text("practice_name", "Practice Name", r"(gp)?practicename"),
        _text("postcode", "Practice Postcode", r"(gp)?practicepostcode", r"postcode"),
        _text(
            "region_code",
            "NHS England (Region) code",
            r"(nhsengland)?(andnhsimprovement)?region(localoffice)?code",
        ),
        _text("sub_icb_code", "Sub ICB Code", r"subicb(location|loc)?code", r"ccgcode"),
        _text("sub_icb_name", "Sub ICB NAME", r"subicb(location|loc)?name", r"ccgname"),
        _text("icb_code", "ICB Code", r"icbcode", r"integratedcareboardcode"),
        _text("icb_name", "ICB Name", r"icbname", r"integratedcareboardname"),
        _text("pcn_code", "PCN Code", r"pcncode", r"primarycarenetworkcode"),
        _text("pcn_name", "PCN Name", r"pcnname", r"primarycarenetworkname"),
        _text("open_date", "Practice Open Date", r"practiceopendate"),
        _text("close_date", "Practice Close Date", r"practiceclosedate"),
        _text("contract_type", "Contract Type", r"(practice)?contracttype"),
        _text("dispensing", "Dispensing Practice", r"dispensingpractice", r"dispensing"),
        _text("practice_type", "Practice type", r"practicetype"),
        _text("rurality", "Practice Rurality", r"(practice)?rurality"),
        _text("atypical", "Atypical characteristics", r"atypical(characteristics?|practices?)?"),
        _number(
            "registered_patients",
            "Average Number of Registered Patients",
            r"(average)?number(of)?registeredpatients(lastknownfigure)?",
            r"(average)?registeredpatients",
            required=True,
        ),
        _number(
            "weighted_patients",
            "Average Number of Weighted Patients",
            r"(average)?number(of)?weightedpatients(lastknownfigure)?",
            r"(average)?weightedpatients",
        ),
        _number("global_sum", "Global Sum", r"globalsum(payments?)?", required=True),
        _number("mpig_correction_factor", "MPIG Correction factor", r"mpig(correctionfactor)?"),
        _number("balance_of_pms", "Balance of PMS Expenditure", r"balanceofpms(expenditure)?"),
        _number("qof", "Total QOF Payments", r"(total)?qof(payments)?"),
        _number("local_incentive_schemes", "Local Incentive Schemes", r"(total)?localincentiveschemes?"),
        _number("premises", "Premises Payments", r"premises(payments)?"),
        _number("pcn_participation", "PCN Participation", r"pcnparticipation(payments?)?"),
        _number("prescribing_fees", "Prescribing Fee Payments", r"prescribingfee(s|payments)"),
        _number("dispensing_fees", "Dispensing Fee Payments", r"dispensingfee(s|payments)"),
        _number("drugs_reimbursement", "Reimbursement of Drugs", r"reimbursementofdrugs"),
        _number("other_payments", "Other Payments", r"otherpayments"),
        _number("total_payments", "Total NHS Payments to General Practice", _TOTAL, required=True),
        _number(
            "deductions",
            "Deductions for Pensions, Levies and Prescription Charge Income",
            r"deductionsforpensionslevies(andprescriptionchargeincome)?",
        ),
        _number(
            "total_payments_net",
            "Total NHS Payments to General Practice Minus Deductions",
            rf"{_TOTAL}(minus|less|netof)deductions",
        ),
        _number(
            "total_payments_incl_covid_pcn",
            "Total NHS Payments to General Practice including Covid and PCN payments",
            rf"{_TOTAL}including(covidandpcn|pcnandcovid)(payments)?",
        ),
    ),
)

WEIGHTS = Kind(
    "NHS England practice weighted populations",
    "--weights",
    (
        PRACTICE_CODE,
        _text("former_ccg", "Former CCG", r"formerccg(name)?"),
        _text("icb_code", "ICB", r"(icb|ics|stp)\d*(code|cd)?"),
        _text("icb_name", "ICBname", r"(icb|ics|stp)\d*(name|nm)"),
        _text("lad_code", "LAD", r"lad\d*(code|cd)?"),
        _text("lad_name", "LTLA", r"ltla\d*(name|nm)?", r"lad\d*(name|nm)"),
        _number("latitude", "Latitude", r"lat(itude)?"),
        _number("longitude", "Longitude", r"long(itude)?"),
        _number("nhse_pop", "Population", r"pop(ulation)?", required=True),
        _number("nhse_wp_general_acute", "G&A WP", r"g(and)?awp"),
        _number("nhse_wp_community", "CS WP", r"cswp"),
        _number("nhse_wp_mental_health", "MH WP", r"mhwp"),
        _number("nhse_wp_maternity", "Mat WP", r"mat(ernity)?wp"),
        _number(
            "nhse_wp_health_inequalities", "Health Ineq WP", r"h(ealth)?ineq(ualities)?wp", required=True
        ),
        _number("nhse_wp_prescribing", "Prescr WP", r"prescr(ibing)?wp"),
        _number("nhse_wp_core_final", "Final WP", r"final(core)?wp"),
        _number(
            "nhse_wp_primary_medical_need",
            "Primary Medical Care WP",
            r"(primarymedical(care)?|pmc)(need)?wp",
            required=True,
        ),
        _number("nhse_wp_primary_medical_final", "Final PMC WP", r"final(pmc|primarymedical(care)?)wp"),
    ),
)

AGES = Kind(
    "Patients Registered at a GP Practice, by sex and age band",
    "--ages",
    (
        PRACTICE_CODE,
        EXTRACT_DATE,
        _text("organisation", "ORG_TYPE", r"org(anisation)?type"),
        replace(SEX, required=True),
        _text("age", "AGE_GROUP_5", r"agegroup|age(band)?", required=True),
        PATIENTS,
    ),
)

LSOA = Kind(
    "Patients Registered at a GP Practice, by small area (LSOA)",
    "--lsoa",
    (
        PRACTICE_CODE,
        EXTRACT_DATE,
        SEX,
        _text("lsoa_code", "LSOA_CODE", LSOA_CODES, required=True),
        PATIENTS,
    ),
)

IMD = Kind(
    "English Indices of Deprivation, by small area (LSOA)",
    "--imd",
    (
        _text("lsoa_code", "LSOA code (2011)", LSOA_CODES, required=True),
        _number(
            "imd_score",
            "Index of Multiple Deprivation (IMD) Score",
            r"(indexofmultipledeprivation)?(imd)?score|imd\d*(score)?",
            required=True,
        ),
        _number(
            "imd_decile",
            "Index of Multiple Deprivation (IMD) Decile",
            r"(indexofmultipledeprivation)?(imd)?decile(where1ismostdeprived10(of)?lsoas?)?",
        ),
        _number(
            "imd_health_score",
            "Health Deprivation and Disability Score",
            r"health(deprivationanddisability)?(domain)?(score)?",
        ),
        _number("income_deprived_rate", "Income Score (rate)", r"income(deprivation)?(score)?(rate)?"),
        _number(
            "idaci",
            "Income Deprivation Affecting Children Index (IDACI) Score (rate)",
            r"(incomedeprivationaffectingchildrenindex)?idaci(score)?(rate)?",
        ),
        _number(
            "idaopi",
            "Income Deprivation Affecting Older People (IDAOPI) Score (rate)",
            r"(incomedeprivationaffectingolderpeople(index)?)?idaopi(score)?(rate)?",
        ),
    ),
)

KINDS = (PAYMENTS, WEIGHTS, AGES, LSOA, IMD)
"""Every kind of file that `build` reads."""

ALLOCATIONS = Kind(
    "NHS England ICB allocations",
    "FILE",
    (
        _text("icb_code", "ICB23", r"(icb|ics)\d*(code)?", required=True),
        _text("icb_name", "System Name", r"(system|icb|ics|integratedcareboard)(name)?", required=True),
        _text("region", "R23", r"r\d\d", r"region(code)"),
        _text("region_name", "Region", r"region(name)?"),
        _number(
            "baseline", "Adjusted recurrent baseline (£k)", r"(adjusted)?recurrentbaselinek", required=True
        ),
        _number("target", "Fair Shares Target (£k)", r"fairsharestarget(inccovid)?k?", required=True),
        _number(
            "opening_distance",
            "Distance from target (%)",
            r"(opening)?distancefromtarget(inccovid)?",
            required=True,
        ),
        _number("base_growth", "Base growth (%)", r"basegrowth", required=True),
        _number("convergence", "Convergence (%)", r"convergence", required=True),
        _number(
            "closing_distance",
            "Post-convergence distance from target (%)",
            r"(postconvergence|closing)distancefromtarget",
        ),
        _number("allocation", "Recurrent allocation (£k)", r"recurrentallocationk", required=True),
        _number("allocation_per_head", "Recurrent allocation £/head", r"recurrentallocation(per)?head"),
    ),
)
