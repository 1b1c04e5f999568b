# datetime: values, arithmetic, text, pickles.
import copy
import pickle
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
import _datetime

print(datetime is _datetime.datetime, datetime, timedelta.resolution, date.min, datetime.max, time.max, timezone.max)


def attempt(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


for args in ((1, 2, 3), (-1,), (0, -1), (0, 0, -1), (0.5, 0.3, 1.7), (1e9,), (10**9,), (0, 10**25), ("1",), (float("nan"),), (float("inf"),), (0, 0, 0.5), (0, 0, 1.5), (0, 0, 2.5)):
    print(args, attempt(timedelta, *args))
print(timedelta(weeks=1, hours=2, minutes=3, milliseconds=4), repr(timedelta(1, 2, 3)), repr(timedelta()))
d = timedelta(days=3, seconds=5, microseconds=7)
print(d * 3, 3 * d, d * 1.5, d / 2, d / 3, d / 1.3, d // 7, d // timedelta(1), d % timedelta(1), divmod(d, timedelta(1)), d / timedelta(2), -d, abs(-d), +d, bool(d), bool(timedelta()))
print(d.total_seconds(), (d * 10**6).total_seconds(), d > timedelta(3), d == timedelta(3, 5, 7), hash(d) == hash(timedelta(3, 5, 7)), attempt(lambda: d / 0), attempt(lambda: d + 1))

for args in ((2020, 2, 29), (2021, 2, 29), (0, 1, 1), (10000, 1, 1), (2020, 13, 1), (2020, 1, 1.5)):
    print(args, attempt(date, *args))
day = date(2020, 2, 29)
print(repr(day), day, day.weekday(), day.isoweekday(), day.isocalendar(), day.toordinal(), day.ctime(), day.timetuple()[:9], day.replace(day=1), day + timedelta(366), day - date(2019, 1, 1))
print(date.fromordinal(737484), date.fromisocalendar(2020, 53, 7), attempt(date.fromisocalendar, 2021, 53, 1), date.fromisoformat("20200229"), date.fromisoformat("2020-W09-6"), attempt(date.fromisoformat, "2020-1-1"))
print(f"{day:%d.%m.%Y}", day.strftime("%j %a"), attempt(lambda: date.max + timedelta(1)), attempt(lambda: date.min - timedelta(1)))
print([date.fromordinal(n).toordinal() == n for n in range(1, 3652060, 365001)], all(date.fromordinal(n).isocalendar() == tuple(date.fromordinal(n).isocalendar()) for n in range(730000, 730800)))

zone = timezone(timedelta(hours=5, minutes=30), "IST")
print(repr(zone), zone, timezone(-timedelta(hours=1)), repr(timezone.utc), timezone(timedelta(0)) is UTC, attempt(timezone, timedelta(1)), zone == timezone(timedelta(hours=5.5)))
for args in ((1, 2), (23, 59, 59, 999999), (24,), (1, 2, 3, 4, UTC), (1, 2, 3, 4, 5)):
    print(args, repr(attempt(time, *args)))
print(time(1, 2, 3, fold=1), repr(time(1, 2, tzinfo=zone, fold=1)), time.fromisoformat("T12:30:15,5+05:30"), time(12, 30).isoformat("milliseconds"), attempt(time(1).isoformat, "x"))
print(time(12, tzinfo=UTC) == time(17, 30, tzinfo=zone), attempt(lambda: time(1) < time(1, tzinfo=UTC)), time(1) == time(1, tzinfo=UTC))

when = datetime(2024, 12, 25, 10, 11, 12, 131415, zone)
print(repr(when), when, when.isoformat(" ", "minutes"), when.utcoffset(), when.tzname(), when.dst(), when.astimezone(UTC), when.timestamp(), when.utctimetuple()[:6])
print(datetime.fromtimestamp(0, UTC), datetime.fromtimestamp(1.0000005, UTC), datetime.fromtimestamp(-0.5, zone), attempt(datetime.fromtimestamp, float("nan")), attempt(datetime.fromtimestamp, 1e20))
for text in ("2024-12-25", "2024-12-25T10", "20241225T101112", "2024-12-25 10:11:12.131415+05:30", "2024-12-25T10:11:12Z", "2024-W52-3T10:11", "2024-12-25x10:11", "2024-12-25T", "2024-12-25T1", "2024-13-01", ""):
    print(text, attempt(datetime.fromisoformat, text))
print(datetime.strptime("25/12/24 10:11 +0530", "%d/%m/%y %H:%M %z"), when.strftime("%Y %f %z %:z %Z %%"), datetime.combine(day, time(1, 2, tzinfo=UTC)))
print(when + timedelta(days=10), when - when.astimezone(UTC), when == when.astimezone(UTC), hash(when) == hash(when.astimezone(UTC)), attempt(lambda: when < datetime(2020, 1, 1)), when == datetime(2020, 1, 1))
print(when.replace(year=2000, tzinfo=None, fold=1), when.date(), when.time(), when.timetz(), attempt(lambda: day < when), day == when)


class Local(tzinfo):
    def utcoffset(self, dt):
        return timedelta(hours=-5 if dt is None or dt.month in (11, 12, 1, 2, 3) else -4)

    def dst(self, dt):
        return timedelta(0) if dt.month in (11, 12, 1, 2, 3) else timedelta(hours=1)

    def tzname(self, dt):
        return "L"


class Sub(datetime):
    pass


print(datetime(2024, 7, 1, tzinfo=UTC).astimezone(Local()).isoformat(), type(Sub(2020, 1, 1) + timedelta(1)), repr(Sub(2020, 1, 1, fold=1)), type(Sub.now()), attempt(tzinfo().utcoffset, None))
for value in (d, day, time(1, 2, 3, 4, UTC, fold=1), when, zone, UTC, Sub(2020, 1, 1, tzinfo=UTC)):
    for protocol in range(6):
        again = pickle.loads(pickle.dumps(value, protocol))
        assert again == value and type(again) is type(value), value
    assert copy.deepcopy(value) == value
print(day.__reduce__(), when.__reduce_ex__(4)[1][0], time(1, fold=1).__reduce_ex__(4)[1], time(1, fold=1).__reduce__()[1])
