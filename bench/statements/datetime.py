"""Dates, times, differences."""
# SPDX-License-Identifier: MIT
import datetime
import zoneinfo

a = datetime.datetime(2020, 1, 2, 3, 4, 5, 6)
b = datetime.timedelta(1, 2, 3)
c = datetime.date(2020, 1, 2)
z = datetime.timezone.utc
e = datetime.time(1, 2, 3)
aw = a.replace(tzinfo=z)
ny = zoneinfo.ZoneInfo('UTC')


def statements():
    datetime.datetime(2020, 1, 2, 3, 4, 5, 6)
    datetime.date(2020, 1, 2)
    datetime.timedelta(1, 2, 3)
    datetime.timedelta(hours=3)
    a + b
    a - a
    a < a
    a == a
    hash(a)
    a.isoformat()
    str(a)
    repr(a)
    datetime.datetime.fromisoformat('2020-01-02T03:04:05')
    a.strftime('%Y-%m-%d')
    datetime.datetime.now()
    datetime.datetime.now(z)
    aw.astimezone(z)
    aw.utcoffset()
    a.replace(hour=3)
    a.timestamp()
    datetime.datetime.fromtimestamp(1000000000.0)
    a.date()
    a.time()
    c.isoformat()
    c.weekday()
    c.isocalendar()
    c.toordinal()
    datetime.date.today()
    datetime.date.fromordinal(737000)
    b * 2
    b / b
    b // 2
    b.total_seconds()
    -b
    str(b)
    e.isoformat()
    a.timetuple()
    a.year
    a.tzinfo
    datetime.datetime.combine(c, e)
    aw - aw
    aw.isoformat()
    datetime.datetime.fromtimestamp(1000000000.0, z)
    datetime.datetime.fromtimestamp(1000000000.0, ny)
    datetime.datetime.strptime('2020-01-02', '%Y-%m-%d')
    f'{a:%Y-%m-%d}'
    datetime.timedelta(days=1.5)
    sum([b] * 10, datetime.timedelta())
