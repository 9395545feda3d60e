"""Official layouts of many years, and files that are wrong. Every practice here is invented."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import polars as pl
import pytest
from helpers import problems_of, run

import allocate
import allocate.nhs
from allocate.nhs import build
from allocate.nhs.formats import IMD, PAYMENTS, WEIGHTS
from allocate.nhs.headers import plain, recognise
from allocate.nhs.periods import Month, financial_year, months

if TYPE_CHECKING:
    from pathlib import Path

PAYMENTS_HEADER = (
    "Practice Code,Practice Name,Sub ICB Code,Contract Type,Average Number of Registered Patients,Global Sum,"
    "Total NHS Payments to General Practice"
)
PRACTICES = (
    "P10001,Amber Invented Surgery,04C,GMS,1000.25,95000.10,150000\n"
    "P10002,Birch Invented Surgery,03W,GMS,2000.5,190000,300000\n"
    "P10003,Cedar Invented Surgery,99X,PMS,3000,0,450000\n"
)
WEIGHTS_HEADER = "Practice_Code,ICB,ICBname,Population,Health Ineq WP,Primary Medical Care WP,Final PMC WP"
NEEDS = "P10001,QAA,NHS Here ICB,1001,900,1100,1070\nP10002,QAA,NHS Here ICB,1999,2100,1900,1930\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Invented files of the layouts of 2022/23 and after."""
    (tmp_path / "payments-22-23.csv").write_text(f"{PAYMENTS_HEADER}\n{PRACTICES}")
    (tmp_path / "weights-2022-23.csv").write_text(f"{WEIGHTS_HEADER}\n{NEEDS}")
    (tmp_path / "ages.csv").write_text(
        "PUBLICATION,EXTRACT_DATE,ORG_TYPE,ORG_CODE,ONS_CODE,POSTCODE,SEX,AGE_GROUP_5,NUMBER_OF_PATIENTS\n"
        "GP_PRAC_PAT_LIST,01JUL2023,GP,P10001,,,ALL,ALL,10\n"
        "GP_PRAC_PAT_LIST,01JUL2023,GP,P10001,,,MALE,0_4,3\n"
        "GP_PRAC_PAT_LIST,01JUL2023,GP,P10001,,,FEMALE,80_84,2\n"
        "GP_PRAC_PAT_LIST,01JUL2023,GP,P10001,,,FEMALE,95+,5\n"
        "GP_PRAC_PAT_LIST,01JUL2023,Comm Region,Y60,,,FEMALE,95+,500\n"
    )
    (tmp_path / "lsoa.csv").write_text(
        "PUBLICATION,EXTRACT_DATE,PRACTICE_CODE,PRACTICE_NAME,LSOA_CODE,SEX,NUMBER_OF_PATIENTS\n"
        "GP_PRAC_PAT_LIST,01OCT2023,P10001,AMBER,E01000001,MALE,30\n"
        "GP_PRAC_PAT_LIST,01OCT2023,P10001,AMBER,E01000001,FEMALE,30\n"
        "GP_PRAC_PAT_LIST,01OCT2023,P10001,AMBER,E01000002,FEMALE,40\n"
        "GP_PRAC_PAT_LIST,01OCT2023,P10002,BIRCH,W01000003,FEMALE,9\n"
    )
    (tmp_path / "imd.csv").write_text(
        "LSOA code (2011),Index of Multiple Deprivation (IMD) Score,"
        "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs),"
        "Income Score (rate)\nE01000001,40,1,0.3\nE01000002,10.5,9,0.05\n"
    )
    return tmp_path


def with_header(folder: Path, renamed: dict[str, str], name: str = "payments.csv") -> Path:
    """The invented payments with some headers written otherwise."""
    header = ",".join(f'"{renamed.get(each, each)}"' for each in PAYMENTS_HEADER.split(","))
    path = folder / name
    path.write_bytes(f"{header}\n{PRACTICES}".encode("latin-1"))
    return path


YEARS = {
    "2015/16": "NHSEnglandRegionCode,CCGCode,PracticeCode,PracticeName,PracticePostcode,PracticeCloseDate,"
    "ContractType,DispensingPractice,QuarterUsedForPatientData,NumberOfRegisteredPatientsLastKnownFigure,"
    "NumberOfWeightedPatientsLastKnownFigure,AveragePaymentPerRegisteredPatient_£,GlobalSum_£,"
    "MPIGCorrectionFactor_£,PremisesPayments_£,TotalQOFPayments_£,BalanceOfPMSExpenditure_£,"
    "PrescribingFeePayments_£,DispensingFeePayments_£,ReimbursementOfDrugs_£,OtherPayments_£,"
    "TotalNHSPaymentsToGeneralPractice_£,DeductionsForPensionsLeviesAndPrescriptionChargeIncome_£,"
    "TotalNHSPaymentsToGeneralPracticeMinusDeductions_£",
    "2016/17": "NHSEnglandRegionLocalOfficeCode,CCGCode,PracticeCode,PracticeName,PracticePostcode,"
    "PracticeCloseDate,ContractType,DispensingPractice,QuarterUsedForPatientData,"
    "NumberofRegisteredPatientsLastKnownFigure,NumberofWeightedPatientsLastKnownFigure,GlobalSum_£,"
    "MPIGCorrectionfactor_£,PremisesPayments_£,TotalQOFPayments_£,BalanceofPMSExpenditure_£,"
    "PrescribingFeePayments_£,DispensingFeePayments_£,ReimbursementOfDrugs_£,OtherPayments_£,"
    "TotalNHSPaymentsToGeneralPractice_£,DeductionsForPensionsLeviesAndPrescriptionChargeIncome_£,"
    "TotalNHSPaymentsToGeneralPracticeMinusDeductions_£",
    "2018/19": "NHS England and NHS Improvement (Region; local office) Code,CCG Code,Practice Code,"
    "Practice Name,Practice Postcode,Practice Close Date,Contract Type,Dispensing Practice,"
    "Average Number of Registered Patients,Average Number of Weighted Patients,Global Sum,"
    "MPIG Correction factor,Premises Payments,Total QOF Payments,Balance of PMS Expenditure,"
    "Prescribing Fee Payments,Dispensing Fee Payments,Reimbursement of Drugs,Other Payments1,"
    "Total NHS Payments to General Practice,Deductions for Pensions; Levies and Prescription Charge Income,"
    "Total NHS Payments to General Practice Minus Deductions",
}
"""Headers of payments files, a part of each."""

IN_EVERY_YEAR = {
    *("region_code", "sub_icb_code", "practice_code", "practice_name", "postcode", "close_date"),
    *("contract_type", "dispensing", "registered_patients", "weighted_patients", "global_sum"),
    *("mpig_correction_factor", "premises", "qof", "balance_of_pms", "prescribing_fees", "dispensing_fees"),
    *("drugs_reimbursement", "other_payments", "total_payments", "deductions", "total_payments_net"),
}


class TestHeaders:
    @pytest.mark.parametrize("year", YEARS)
    def test_the_payments_of_a_year(self, year: str) -> None:
        headers = [each.replace(";", ",") for each in YEARS[year].split(",")]
        assert set(recognise(headers, PAYMENTS)) == IN_EVERY_YEAR

    @pytest.mark.parametrize(
        ("header", "meant"),
        [
            ("Practice Code", "practice_code"),
            ("PRACTICE_CODE", "practice_code"),
            ("Practice ODS code", "practice_code"),
            ("PracticeCode", "practice_code"),
            ("GP Practice Code", "practice_code"),
            ("Number of Registered Patients (Last Known Figure)", "registered_patients"),
            ("NumberOfRegisteredPatientsLastKnownFigure", "registered_patients"),
            ("Average number of registered patients¹", "registered_patients"),
            ("GlobalSum_£", "global_sum"),
            ("Global Sum 2023/24 (£)", "global_sum"),
            ("TotalNHSPaymentsToGeneralPractice_£", "total_payments"),
            ("Total NHS Payments to General Practice", "total_payments"),
            ("TotalNHSPaymentsToGeneralPracticeMinusDeductions_£", "total_payments_net"),
            ("CCG Code", "sub_icb_code"),
            ("CCGCode", "sub_icb_code"),
            ("Sub ICB Location Code", "sub_icb_code"),
            ("NHSEnglandRegionLocalOfficeCode", "region_code"),
            ("NHS England and NHS Improvement (Region, local office) Code", "region_code"),
            ("MPIGCorrectionFactor_£", "mpig_correction_factor"),
            ("Other Payments1", "other_payments"),
        ],
    )
    def test_a_payments_header_of_any_year_has_one_meaning(self, header: str, meant: str) -> None:
        others = [meaning.example for meaning in PAYMENTS.meanings if meaning.column != meant]
        assert recognise([*others, header], PAYMENTS)[meant] == header

    @pytest.mark.parametrize(
        "header",
        [
            "Total NHS Payments to General Practice including covid vaccination, covid support and long covid"
            " payments",
            "Total NHS Payments including PCN Workforce, Leadership and Support",
            "Average payments per registered patient",
            "Quarter used for patient data",
            "Childhood Vaccination and Immunisation Scheme",
            "PCN Workforce",
        ],
    )
    def test_a_header_like_another_is_not_taken_for_it(self, header: str) -> None:
        known = [meaning.example for meaning in PAYMENTS.meanings]
        assert header not in recognise([header, *known], PAYMENTS).values()

    @pytest.mark.parametrize(
        ("header", "meant"),
        [
            ("pop 2022/23", "nhse_pop"),
            ("Population", "nhse_pop"),
            ("ICS22", "icb_code"),
            ("ICB23CD", "icb_code"),
            ("ICS22name", "icb_name"),
            ("LTLA21", "lad_name"),
            ("HEALTH INEQ WP", "nhse_wp_health_inequalities"),
        ],
    )
    def test_weighted_populations_of_any_year(self, header: str, meant: str) -> None:
        others = [meaning.example for meaning in WEIGHTS.meanings if meaning.column != meant]
        assert recognise([*others, header], WEIGHTS)[meant] == header

    def test_the_official_indices_of_deprivation(self) -> None:
        official = [
            "LSOA code (2021)",
            "LSOA name (2021)",
            "Index of Multiple Deprivation (IMD) Score",
            "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)",
            "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs)",
            "Income Score (rate)",
            "Income Rank (where 1 is most deprived)",
            "Income Deprivation Affecting Children Index (IDACI) Score (rate)",
            "Income Deprivation Affecting Older People (IDAOPI) Score (rate)",
        ]
        taken = list(recognise(official, IMD).values())
        assert taken == [official[at] for at in (0, 2, 4, 5, 7, 8)]

    def test_what_is_left_of_a_header(self) -> None:
        assert plain("Global_Sum (£) 2022/23") == "globalsum"
        assert plain("\ufeffPractice  Code\n") == "practicecode"
        assert plain("LSOA11CD") == "lsoa11cd"

    @pytest.mark.parametrize(
        ("text", "year"),
        [
            ("nhspaymentsgp-21-22-prac-csv-v2.csv", "2021_22"),
            ("pop 2022/23", "2022_23"),
            ("2022-2023", "2022_23"),
            ("patients-2025-03.csv", None),
            ("99-00", "2099_00"),
            ("payments-01-02-2024.csv", None),
            ("payments.csv", None),
        ],
    )
    def test_financial_years(self, text: str, year: str | None) -> None:
        assert financial_year(text) == year

    @pytest.mark.parametrize(
        "text",
        ["01MAR2025", "March 2025", "gp-reg-pat-mar-25", "2025-03", "2025-03-01", "01/03/2025", "mar25"],
    )
    def test_months(self, text: str) -> None:
        (month,) = months([text])
        assert month == Month(25, 3)
        assert (str(month), month.short) == ("2025_03", "mar25")

    def test_words_that_begin_or_end_like_months_are_none(self) -> None:
        assert months(["summary-25", "deciles 19", "marks22", "2025-26"]) == []


class TestBuilding:
    def test_every_file_adds_its_columns(self, folder: Path) -> None:
        made = build(
            folder / "payments-22-23.csv",
            weights=[folder / "weights-2022-23.csv"],
            ages=folder / "ages.csv",
            lsoa=folder / "lsoa.csv",
            imd=folder / "imd.csv",
        ).areas
        amber = made.row(0, named=True)
        assert amber["nhse_pop_2022_23"] == 1001
        assert (amber["icb_code"], amber["icb_name"]) == ("QAA", "NHS Here Integrated Care Board")
        assert (
            amber["male_0_4_2023_07"],
            amber["female_75_84_2023_07"],
            amber["female_85_plus_2023_07"],
        ) == (3, 2, 5)
        assert amber["pct_65_plus_2023_07"] == 70
        assert amber["oct23_patients_english_lsoa"] == 100
        assert amber["oct23_imd_score"] == pytest.approx(0.6 * 40 + 0.4 * 10.5, abs=1e-12)
        assert amber["oct23_income_deprived_rate"] == 0.2
        assert (amber["oct23_patients_imd_decile_1"], amber["oct23_patients_imd_decile_9"]) == (60, 40)
        assert made["oct23_imd_score"].null_count() == 2
        assert made["complete_2022_23"].to_list() == [1, 1, 0]
        assert made["complete_core"].to_list() == [1, 0, 0]
        assert made["payments_per_registered"][0] == 150000 / 1000.25

    def test_without_need_the_scenario_runs_on_population(self, folder: Path) -> None:
        made = build(folder / "payments-22-23.csv")
        made.save(folder / "new" / "areas.parquet")
        result = allocate.run(folder / "new" / "scenario.yaml")
        assert result.areas["id"].to_list() == ["P10001", "P10002"]
        assert result.areas["need_index"].to_list() == [1, 1]

    def test_without_names_or_places_the_rest_is_made(self, folder: Path) -> None:
        lines = [line.split(",") for line in f"{PAYMENTS_HEADER}\n{PRACTICES}".splitlines()]
        text = "\n".join(",".join([code, *rest]) for code, _, _, *rest in lines)
        (folder / "payments-22-23.csv").write_text(text)
        made = build(folder / "payments-22-23.csv", weights=[folder / "weights-2022-23.csv"])
        assert not {"practice_name", "sub_icb_code", "icb_code"} & set(made.areas.columns)
        made.save(folder / "new" / "areas.csv")
        assert "name" not in allocate.run(folder / "new" / "scenario.yaml").areas.columns

    @pytest.mark.parametrize(
        ("area", "codes"),
        [
            ("llr", ["P10001", "P10002"]),
            ("99x", ["P10003"]),
            ("QAA", ["P10001", "P10002"]),
            ("03W, 99X", ["P10002", "P10003"]),
        ],
    )
    def test_areas(self, folder: Path, area: str, codes: list[str]) -> None:
        (folder / "payments-22-23.csv").write_text(
            f"{PAYMENTS_HEADER}\n{PRACTICES}P10004,Dell,04V,GMS,1,1,1\n"
        )
        made = build(folder / "payments-22-23.csv", weights=[folder / "weights-2022-23.csv"], area=area)
        assert [code for code in made.areas["practice_code"] if code != "P10004"] == codes

    def test_a_scenario_that_is_there_is_kept(self, folder: Path) -> None:
        made = build(folder / "payments-22-23.csv")
        (folder / "scenario.yaml").write_text("mine")
        assert made.save(folder / "areas.csv") == [folder / "areas.csv"]
        assert (folder / "scenario.yaml").read_text() == "mine"

    def test_later_years_of_need_are_called_by_their_year(self, folder: Path) -> None:
        (folder / "weights-2025-26.csv").write_text(f"{WEIGHTS_HEADER}\nP10001,QBB,NHS There ICB,7,8,9,10\n")
        weights = [folder / "weights-2022-23.csv", folder / "weights-2025-26.csv"]
        made = build(folder / "payments-22-23.csv", weights=weights).areas
        assert made["nhse_pop_2025_26"][0] == 7
        assert made["nhse_wp_primary_medical_need_2025_26"][0] == 9
        assert made["nhse_wp_primary_medical_need"][0] == 1100
        assert made["icb_code"][0] == "QAA"


class TestUntidyFiles:
    def test_marks_totals_blank_lines_and_separators(self, folder: Path) -> None:
        path = folder / "payments-22-23.csv"
        path.write_bytes(
            "\ufeffPractice Code,Practice Name,Average Number of Registered Patients,Global Sum,"
            'Total NHS Payments to General Practice\n p10001 ,"Invented, Café","1,000.25","£95,000.10",*\n\n'
            'P10002,Birch,"2,000",190000,"(1,234.50)"\n,England,3000,285000,1\nTotal,,3000,285000,1\n'
            "Source: invented,,,,\n,,,,\n\n".encode()
        )
        made = build(path)
        assert made.areas["practice_code"].to_list() == ["P10001", "P10002"]
        assert made.areas["registered_patients"].to_list() == [1000.25, 2000]
        assert made.areas["total_payments"].to_list() == [None, -1234.5]
        notes = " ".join(made.sources[0].notes)
        rows = "row 5 '', row 6 'Total', row 7 'Source: invented'"
        assert f"left out 3 rows without a code under 'Practice Code': {rows}" in notes
        assert "1 figure missing or suppressed under 'Total NHS Payments to General Practice' ('*')" in notes

    def test_latin_1(self, folder: Path) -> None:
        path = with_header(folder, {"Global Sum": "GlobalSum_£"})
        assert build(path).areas["global_sum"].to_list() == [95000.1, 190000, 0]

    def test_rows_that_are_the_same_count_once(self, folder: Path) -> None:
        path = folder / "payments.csv"
        path.write_text(f"{PAYMENTS_HEADER}\n{PRACTICES}{PRACTICES}")
        made = build(path)
        assert made.areas.height == 3
        assert "left out 3 rows that repeat another" in made.sources[0].notes

    def test_suppressed_patients_count_as_none_and_are_noted(self, folder: Path) -> None:
        path = folder / "lsoa.csv"
        path.write_text(path.read_text().replace(",40\n", ",*\n"))
        made = build(folder / "payments-22-23.csv", lsoa=path, imd=folder / "imd.csv")
        assert made.areas["oct23_patients_english_lsoa"][0] == 60
        assert made.areas["oct23_imd_score"][0] == 40
        assert "1 figure missing or suppressed under 'NUMBER_OF_PATIENTS' ('*')" in made.sources[1].notes

    def test_totals_of_both_sexes_are_not_counted_twice(self, folder: Path) -> None:
        path = folder / "lsoa.csv"
        path.write_text(path.read_text() + "GP_PRAC_PAT_LIST,01OCT2023,P10001,AMBER,E01000002,ALL,77\n")
        made = build(folder / "payments-22-23.csv", lsoa=path, imd=folder / "imd.csv")
        assert made.areas["oct23_patients_english_lsoa"][0] == 77

    def test_what_follows_from_a_suppressed_figure_is_not_guessed(self, folder: Path) -> None:
        parts = (
            "Premises Payments",
            "Reimbursement of Drugs",
            "Dispensing Fee Payments",
            "Prescribing Fee Payments",
        )
        header = f"{PAYMENTS_HEADER},{','.join(parts)}"
        rows = "P10001,A,04C,GMS,1,1,100,10,20,3,4\nP10002,B,04C,GMS,1,1,100,*,20,3,4\n"
        (folder / "payments.csv").write_text(f"{header}\n{rows}")
        made = build(folder / "payments.csv").areas
        assert made["total_payments_ex_drugs_premises"].to_list() == [63, None]

    def test_parquet_and_excel_are_read_as_csv_is(self, folder: Path) -> None:
        frame = pl.read_csv(folder / "payments-22-23.csv")
        frame.write_parquet(folder / "payments-22-23.parquet")
        frame.write_excel(folder / "payments-22-23.xlsx")
        made = [build(folder / f"payments-22-23.{suffix}").areas for suffix in ("csv", "parquet", "xlsx")]
        assert made[0].equals(made[1])
        assert made[0].equals(made[2])


class TestProblems:
    def test_a_header_never_seen_is_told_with_all_that_there_are(self, folder: Path) -> None:
        path = with_header(
            folder, {"Global Sum": "Core grant", "Average Number of Registered Patients": "Heads"}
        )
        found = problems_of(build, path)
        assert found == [
            "payments.csv: has no column that is recognised as the 'Average Number of Registered Patients'; "
            "call the column that holds it 'Average Number of Registered Patients'",
            "payments.csv: has no column that is recognised as the 'Global Sum'; "
            "call the column that holds it 'Global Sum'",
            "payments.csv: its columns are: Practice Code, Practice Name, Sub ICB Code, Contract Type, Heads,"
            " Core grant, Total NHS Payments to General Practice; "
            "if these are no headers, take out the rows above the headers",
        ]

    def test_two_columns_of_one_meaning(self, folder: Path) -> None:
        path = with_header(folder, {"Contract Type": "Global Sum 2021/22"})
        assert problems_of(build, path)[0] == (
            "payments.csv: 'Global Sum 2021/22' and 'Global Sum' could each be the 'Global Sum'; "
            "rename or take out one"
        )

    def test_a_file_of_another_kind_is_named(self, folder: Path) -> None:
        found = problems_of(build, folder / "weights-2022-23.csv", ages=folder / "lsoa.csv")
        assert found == [
            "weights-2022-23.csv: is 'NHS England practice weighted populations', not "
            "'NHS Payments to General Practice'; give it with --weights",
            "lsoa.csv: is 'Patients Registered at a GP Practice, by small area (LSOA)', not "
            "'Patients Registered at a GP Practice, by sex and age band'; give it with --lsoa",
        ]

    def test_the_problems_of_every_file_at_once(self, folder: Path) -> None:
        (folder / "payments-22-23.csv").write_text(
            f"{PAYMENTS_HEADER}\n{PRACTICES.replace('190000', 'lots')}"
        )
        (folder / "weights-2022-23.csv").write_text(f"{WEIGHTS_HEADER}\n{NEEDS.replace('2100', '-2100')}")
        (folder / "ages.csv").write_text((folder / "ages.csv").read_text().replace("80_84", "old"))
        found = problems_of(
            build,
            folder / "payments-22-23.csv",
            payments_baseline=folder / "none.csv",
            weights=[folder / "weights-2022-23.csv"],
            ages=folder / "ages.csv",
            lsoa=folder / "lsoa.csv",
        )
        assert found == [
            "payments-22-23.csv row 3, column 'Global Sum': 'lots' is not a number; "
            "write it as 1234.50, or leave it empty",
            "none.csv: cannot be read (No such file or directory)",
            "weights-2022-23.csv: 'Health Ineq WP' is negative for P10002; correct it in the file",
            "ages.csv: has ages that cannot be read under 'AGE_GROUP_5': old; write them as 15_19, or 95+",
            "--lsoa and --imd: only one of them was given; give both, or neither",
        ]

    def test_many_cells_that_are_no_numbers_are_counted(self, folder: Path) -> None:
        rows = "".join(f"P1{at:04},Invented,04C,GMS,x,1,1\n" for at in range(30))
        (folder / "payments.csv").write_text(f"{PAYMENTS_HEADER}\n{rows}")
        found = problems_of(build, folder / "payments.csv")
        assert len(found) == 6
        assert found[-1].startswith("payments.csv: 25 more cells of column 'Average Number")

    def test_a_practice_with_rows_that_differ(self, folder: Path) -> None:
        path = folder / "payments.csv"
        path.write_text(f"{PAYMENTS_HEADER}\n{PRACTICES}p10002,Birch,03W,GMS,2000.5,190001,300000\n")
        assert problems_of(build, path) == [
            "payments.csv: has several rows that differ for P10002; keep one row a practice"
        ]

    @pytest.mark.parametrize(
        ("option", "file", "problem"),
        [
            (
                "payments_baseline",
                "payments.csv",
                "does not say which year it is of; put the year in its name",
            ),
            ("weights", "weights.csv", "does not say which year it is of; put the year in its name"),
            ("ages", "undated.csv", "does not say which month it counts; put it in its name"),
        ],
    )
    def test_a_file_that_does_not_say_its_period(
        self, folder: Path, option: str, file: str, problem: str
    ) -> None:
        (folder / "payments.csv").write_bytes((folder / "payments-22-23.csv").read_bytes())
        (folder / "weights.csv").write_bytes((folder / "weights-2022-23.csv").read_bytes())
        (folder / "undated.csv").write_text("Practice Code,Sex,Age,Patients\nP10001,M,15,4\n")
        given = [folder / file] if option == "weights" else folder / file
        (found,) = problems_of(build, folder / "payments-22-23.csv", **{option: given})
        assert found.startswith(f"{file}: {problem}")

    def test_a_file_of_several_months(self, folder: Path) -> None:
        with (folder / "ages.csv").open("a") as file:
            file.write("GP_PRAC_PAT_LIST,01AUG2023,GP,P10001,,,MALE,0_4,3\n")
        (found,) = problems_of(build, folder / "payments-22-23.csv", ages=folder / "ages.csv")
        assert found == "ages.csv: has several months: 2023_07, 2023_08; give a file of one month"

    def test_a_small_area_twice(self, folder: Path) -> None:
        with (folder / "imd.csv").open("a") as file:
            file.write("E01000001,41,1,0.3\n")
        files = {"lsoa": folder / "lsoa.csv", "imd": folder / "imd.csv"}
        assert problems_of(build, folder / "payments-22-23.csv", **files) == [
            "imd.csv: has 2 rows for areas that are there more than once; keep one row an area"
        ]

    def test_need_of_one_year_twice(self, folder: Path) -> None:
        weights = [folder / "weights-2022-23.csv", folder / "again-2022-23.csv"]
        weights[1].write_bytes(weights[0].read_bytes())
        assert problems_of(build, folder / "payments-22-23.csv", weights=weights) == [
            "again-2022-23.csv: is of the same year as weights-2022-23.csv; "
            "give one file a year, with its year in its name"
        ]

    def test_sexes_that_are_not_known(self, folder: Path) -> None:
        ages = folder / "ages.csv"
        ages.write_text(ages.read_text().replace("FEMALE", "2").replace("MALE", "1"))
        assert problems_of(build, folder / "payments-22-23.csv", ages=ages) == [
            "ages.csv: has no rows of males and females by age; under 'SEX' it has: 1, 2, ALL; "
            "give the file by sex and age, with MALE and FEMALE"
        ]

    def test_no_column_of_areas(self, folder: Path) -> None:
        path = with_header(folder, {"Sub ICB Code": "Locality"})
        assert problems_of(build, path, area="llr") == [
            "--area: payments.csv has no column of sub-ICBs or ICBs; give --area all, or add such a column"
        ]

    def test_small_areas_of_another_census(self, folder: Path) -> None:
        (folder / "imd.csv").write_text("LSOA21CD,IMD\nE01099999,3\n")
        assert problems_of(
            build, folder / "payments-22-23.csv", lsoa=folder / "lsoa.csv", imd=folder / "imd.csv"
        ) == [
            "imd.csv: has no score for 100% of the English patients in lsoa.csv; "
            "give both files for the same small areas: LSOA 2011 or LSOA 2021"
        ]

    @pytest.mark.parametrize(("unknown", "fits"), [(5, True), (6, False)])
    def test_a_twentieth_of_the_patients_may_live_where_the_index_does_not_reach(
        self, folder: Path, unknown: int, fits: bool
    ) -> None:
        lines = f"P10001,E01000001,95,01OCT2023\nP10001,E01000009,{unknown},01OCT2023\n"
        (folder / "lsoa.csv").write_text(f"PRACTICE_CODE,LSOA_CODE,NUMBER_OF_PATIENTS,EXTRACT_DATE\n{lines}")
        files = {"lsoa": folder / "lsoa.csv", "imd": folder / "imd.csv"}
        if fits:
            lived = build(folder / "payments-22-23.csv", **files).sources[1]
            assert lived.notes == ("5 patients live in areas without a score",)
        else:
            (problem,) = problems_of(build, folder / "payments-22-23.csv", **files)
            assert problem.startswith("imd.csv: has no score for 6% of the English patients")

    def test_deciles_are_not_ranked_among_a_part_of_england(self, folder: Path) -> None:
        (folder / "imd.csv").write_text("LSOA11CD,IMD\nE01000001,40\nE01000002,10.5\n")
        made = build(folder / "payments-22-23.csv", lsoa=folder / "lsoa.csv", imd=folder / "imd.csv")
        assert made.areas["oct23_imd_score"][0] == pytest.approx(0.6 * 40 + 0.4 * 10.5)
        assert not [name for name in made.areas.columns if "decile" in name]
        assert made.sources[2].notes == (
            "it has neither deciles nor all of England's areas: patients by decile are left out",
        )

    def test_an_area_that_nobody_is_in(self, folder: Path) -> None:
        found = problems_of(build, folder / "payments-22-23.csv", area="04D,QK1")
        assert found == [
            "--area: no practice of payments-22-23.csv is in '04D'; did you mean '04C'?",
            "--area: no practice of payments-22-23.csv is in 'QK1'; known here: 03W, 04C, 99X",
        ]

    @pytest.mark.parametrize(
        "text", ["", "\n\n", "Practice Code\n", PAYMENTS_HEADER + "\n", "a;b\n1;2\n", "\0\0"]
    )
    def test_what_is_no_table_at_all(self, folder: Path, text: str) -> None:
        (folder / "payments.csv").write_text(text)
        assert all(
            problem.startswith("payments.csv: ") for problem in problems_of(build, folder / "payments.csv")
        )


class TestCommand:
    def build(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run("nhs", "build", *arguments, folder=folder)

    def test_nothing_is_written_where_something_is_wrong(self, folder: Path) -> None:
        done = self.build(folder, "--payments", "lsoa.csv", "--area", "all", "--out", "new/areas.csv")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(
            "error: lsoa.csv: is 'Patients Registered at a GP Practice, by small area"
        )
        assert not (folder / "new").exists()

    def test_a_format_that_cannot_be_written(self, folder: Path) -> None:
        done = self.build(folder, "--payments", "payments-22-23.csv", "--area", "all", "--out", "areas.xlsx")
        assert done.returncode == 2
        assert done.stderr == "error: areas.xlsx: is neither .parquet nor .csv; name the file so\n"

    def test_an_edited_scenario_is_kept_and_that_is_said(self, folder: Path) -> None:
        arguments = ("--payments", "payments-22-23.csv", "--area", "llr", "--out", "areas.parquet")
        (folder / "payments-22-23.csv").write_text(
            f"{PAYMENTS_HEADER}\n{PRACTICES}P10004,Dell,04V,GMS,1,1,1\n"
        )
        first, second = self.build(folder, *arguments), self.build(folder, *arguments)
        assert "Written: areas.parquet, scenario.yaml\nNext: allocate run scenario.yaml\n" in first.stdout
        assert "Written: areas.parquet\nscenario.yaml was there already and is as it was; " in second.stdout


def test_the_readers_are_found_by_completion_and_a_slip_is_told() -> None:
    assert set(dir(allocate.nhs)) == {"Build", "Join", "Source", "build", "read_allocations"}
    with pytest.raises(AttributeError, match="has no attribute 'biuld'"):
        allocate.nhs.biuld  # noqa: B018


def test_the_groups_of_commands_import_nothing_heavy() -> None:
    code = (
        "import sys, allocate.cli; sys.exit(any(name in sys.modules for name in ('polars', 'numpy', 'yaml')))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
