"""CME Globex, energy and metals (NYMEX, COMEX). Made by scripts/build_calendars.py."""

from kedge.sessions.table import Table

# Not as in the library that the rest is from:
# 2022-09-05 17:00-13:30: 13:30 as on the other holidays since 2022, and as the library itself has it for 2026
# 2023-09-04 17:00-13:30: 13:30 as on the other holidays since 2022, and as the library itself has it for 2026
# 2024-09-02 17:00-13:30: 13:30 as on the other holidays since 2022, and as the library itself has it for 2026
# 2025-09-01 17:00-13:30: 13:30 as on the other holidays since 2022, and as the library itself has it for 2026
# 2027-09-06 17:00-13:30: 13:30 as on the other holidays since 2022, and as the library itself has it for 2026
# 2028-09-04 17:00-13:30: 13:30 as on the other holidays since 2022, and as the library itself has it for 2026
# 2018-12-24 17:00-12:45: 12:45 (13:45 New York) as on the day after Thanksgiving; the library has it for 2026 only
# 2019-12-24 17:00-12:45: 12:45 (13:45 New York) as on the day after Thanksgiving; the library has it for 2026 only
# 2020-12-24 17:00-12:45: 12:45 (13:45 New York) as on the day after Thanksgiving; the library has it for 2026 only
# 2024-12-24 17:00-12:45: 12:45 (13:45 New York) as on the day after Thanksgiving; the library has it for 2026 only
# 2025-12-24 17:00-12:45: 12:45 (13:45 New York) as on the day after Thanksgiving; the library has it for 2026 only
# 2026-11-27 17:00-12:45: as every year; 13:45 is the same time in New York
CME_ENERGY = Table(
    name="CME_ENERGY",
    title="CME Globex, energy and metals (NYMEX, COMEX)",
    zone="America/Chicago",
    zone_label="CT",
    week="Mon Tue Wed Thu Fri",
    first="2016-01-01",
    horizon="2028-12-31",
    hours={
        "2016-01-01": "17:00-16:00",
    },
    closed=(
        "2016 01-01 03-25 12-26",
        "2017 01-02 04-14 12-25",
        "2018 01-01 03-30 12-25",
        "2019 01-01 04-19 12-25",
        "2020 01-01 04-10 12-25",
        "2021 01-01 04-02 12-24",
        "2022 04-15 12-26",
        "2023 01-02 04-07 12-25",
        "2024 01-01 03-29 12-25",
        "2025 01-01 04-18 12-25",
        "2026 01-01 04-03 12-25",
        "2027 01-01 03-26 12-24",
        "2028 04-14 12-25",
    ),
    special={
        "17:00-12:00": (
            "2016 01-18 02-15 05-30 07-04 09-05 11-24",
            "2017 01-16 02-20 05-29 07-04 09-04 11-23",
            "2018 01-15 02-19 05-28 07-04 09-03 11-22",
            "2019 01-21 02-18 05-27 07-04 09-02 11-28",
            "2020 01-20 02-17 05-25 07-03 09-07 11-26",
            "2021 01-18 02-15 05-31 07-05 09-06 11-25",
            "2026 06-19 07-03",
        ),
        "17:00-12:45": (
            "2016 11-25",
            "2017 11-24",
            "2018 11-23 12-24",
            "2019 11-29 12-24",
            "2020 11-27 12-24",
            "2021 11-26",
            "2022 11-25",
            "2023 11-24",
            "2024 11-29 12-24",
            "2025 11-28 12-24",
            "2026 11-27 12-24",
            "2027 11-26",
            "2028 11-24",
        ),
        "17:00-13:30": (
            "2022 01-17 02-21 05-30 06-20 07-04 09-05 11-24",
            "2023 01-16 02-20 05-29 06-19 07-04 09-04 11-23",
            "2024 01-15 02-19 05-27 06-19 07-04 09-02 11-28",
            "2025 01-20 02-17 05-26 06-19 07-04 09-01 11-27",
            "2026 01-19 02-16 05-25 09-07 11-26",
            "2027 01-18 02-15 05-31 06-18 07-05 09-06 11-25",
            "2028 01-17 02-21 05-29 06-19 07-04 09-04 11-23",
        ),
    },
    carried=(
        "2016 01-18 02-15 05-30 07-04 09-05 11-24",
        "2017 01-16 02-20 05-29 07-04 09-04 11-23",
        "2018 01-15 02-19 05-28 07-04 09-03 11-22",
        "2019 01-21 02-18 05-27 07-04 09-02 11-28",
        "2020 01-20 02-17 05-25 07-03 09-07 11-26",
        "2021 01-18 02-15 05-31 07-05 09-06 11-25",
        "2022 01-17 02-21 05-30 06-20 07-04 09-05 11-24",
        "2023 01-16 02-20 05-29 06-19 07-04 09-04 11-23",
        "2024 01-15 02-19 05-27 06-19 07-04 09-02 11-28",
        "2025 01-20 02-17 05-26 06-19 07-04 09-01 11-27",
        "2026 01-19 02-16 05-25 06-19 07-03 09-07 11-26",
        "2027 01-18 02-15 05-31 06-18 07-05 09-06 11-25",
        "2028 01-17 02-21 05-29 06-19 07-04 09-04 11-23",
    ),
)
