"""The answer of each question by another way: Polars over the tables' files, without SQL.

An answer is a list of tuples, in the order of the question; `ANSWERS[name](tables)` gives it. Tables is a
dict of data frames."""

import datetime
import re

import polars as pl

ANSWERS = {}
NEED = ("songs", "artists", "users", "time", "songplays")
WEEK = pl.col("start_time").dt.truncate("1w").dt.date()
DAY = pl.col("start_time").dt.date()
USER = pl.col("user_id")


def answers(function):
    ANSWERS[function.__name__.replace("_", "-")] = function
    return function


def rows(frame):
    return frame.rows()


def naive(time):
    return time.replace(tzinfo=None) if time else time


def percent(part, whole):
    return round(100 * part / whole, 1)


# ---- Music -------------------------------------------------------------------------------------


def by_song(plays, *keys):
    plays = plays.filter(pl.col("song").is_not_null())
    return plays.group_by(*keys, "song", "artist").agg(plays=pl.len(), listeners=USER.n_unique())


@answers
def top_songs(t):
    found = by_song(t["songplays"]).sort(
        ["plays", "song", "artist"], descending=[True, False, False], nulls_last=False
    )
    return rows(found.select("song", "artist", "plays", "listeners"))[:10]


@answers
def top_artists(t):
    plays = t["songplays"].filter(pl.col("artist").is_not_null())
    found = plays.group_by("artist").agg(
        plays=pl.len(), songs=pl.col("song").drop_nulls().n_unique(), listeners=USER.n_unique()
    )
    return rows(found.sort(["plays", "artist"], descending=[True, False]))[:10]


@answers
def song_of_the_month(t):
    found = by_song(t["songplays"], "year", "month").sort(
        ["year", "month", "plays", "song", "artist"], descending=[False, False, True, False, False]
    )
    return rows(
        found.unique(["year", "month"], keep="first", maintain_order=True).select(
            "year", "month", "song", "artist", "plays"
        )
    )


@answers
def favourites_by_gender(t):
    plays = t["songplays"].join(t["users"].select("user_id", "gender"), on="user_id")
    found = by_song(plays, "gender").sort(
        ["gender", "plays", "song", "artist"], descending=[False, True, False, False]
    )
    return rows(
        found.group_by("gender", maintain_order=True)
        .head(3)
        .select("gender", "song", "artist", "plays")
    )


@answers
def repeat_listening(t):
    plays = t["songplays"].filter(pl.col("song").is_not_null())
    counts = plays.group_by("user_id", "song", "artist").len()["len"].to_list()
    found = {}
    for count in counts:
        name = "1" if count == 1 else "2" if count == 2 else "3 to 5" if count <= 5 else "6 or more"
        songs, total = found.get(name, (0, 0))
        found[name] = (songs + 1, total + count)
    return [(name, *found[name]) for name in sorted(found)]


@answers
def decades(t):
    years = dict(t["songs"].select("song_id", "year").iter_rows())
    found = {}
    songs = t["songplays"].group_by("song_id", "song", "artist").len()
    for song_id, _, _, count in songs.iter_rows():
        year = years.get(song_id)
        decade = None if year is None else year - year % 10
        plays, number = found.get(decade, (0, 0))
        found[decade] = (plays + count, number + 1)
    order = sorted(found, key=lambda decade: (decade is None, decade or 0))
    return [(decade, *found[decade]) for decade in order]


@answers
def catalogue(t):
    played = set(t["songplays"]["song_id"].drop_nulls())
    found = {}
    for song_id, year in t["songs"].select("song_id", "year").iter_rows():
        songs, seen = found.get(year - year % 10, (0, 0))
        found[year - year % 10] = (songs + 1, seen + (song_id in played))
    return [(decade, *found[decade]) for decade in sorted(found)]


@answers
def matched(t):
    found = t["songplays"].group_by("year", "month").agg(pl.len(), pl.col("song_id").count())
    return [(y, m, n, k, percent(k, n)) for y, m, n, k in found.sort("year", "month").iter_rows()]


FOLD = str.maketrans("áàâäãåāçčéèêëēíìîïīñóòôöõøōšúùûüūýÿž", "aaaaaaacceeeeeiiiiinooooooosuuuuuyyz")


def folded(text):
    return text.lower().translate(FOLD) if text is not None else None


@answers
def unmatched(t):
    names = dict(t["artists"].select("artist_id", "name").iter_rows())
    near = {}
    for song_id, title, artist_id in t["songs"].select("song_id", "title", "artist_id").iter_rows():
        name = names.get(artist_id)
        if title is not None and name is not None:
            near.setdefault((folded(title), folded(name)), []).append((song_id, title, name))
    found = []
    lacking = t["songplays"].filter(pl.col("song_id").is_null() & pl.col("song").is_not_null())
    counted = lacking.group_by("song", "artist").len()
    for song, artist, plays in counted.iter_rows():
        kinds = [
            (
                "1 the duration"
                if (title, name) == (song, artist)
                else "2 upper and lower case"
                if (title.lower(), name.lower()) == (song.lower(), artist.lower())
                else "3 accents",
                song_id,
            )
            for song_id, title, name in near.get((folded(song), folded(artist)), [])
        ]
        kind = min(kinds)[0][2:] if kinds else None
        song_id = min(song_id for _, song_id in kinds) if kinds else None
        found.append((song, artist, plays, kind, song_id))
    return sorted(found, key=lambda row: (-row[2], row[0], row[1] is not None, row[1] or ""))[:20]


BROKEN = re.compile("[ÂÃ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹Œ]|â€|\ufffd")


@answers
def mojibake(t):
    found = []
    for table, column in (
        ("songplays", "song"),
        ("songplays", "artist"),
        ("songplays", "location"),
        ("songs", "title"),
        ("artists", "name"),
        ("artists", "location"),
        ("users", "first_name"),
        ("users", "last_name"),
    ):
        for value, count in t[table].group_by(column).len().iter_rows():
            if value is not None and BROKEN.search(value):
                found.append((f"{table}.{column}", value, count))
    return sorted(found, key=lambda row: (-row[2], row[0], row[1]))[:50]


# ---- Users -------------------------------------------------------------------------------------


def per_user(t):
    return (
        t["songplays"]
        .group_by("user_id")
        .agg(
            plays=pl.len(),
            sessions=pl.col("session_id").n_unique(),
            first=pl.col("start_time").min(),
            last=pl.col("start_time").max(),
            ever_paid=(pl.col("level") == "paid").any(),
        )
        .join(t["users"], on="user_id")
    )


@answers
def active_users(t):
    found = per_user(t).sort(["plays", "user_id"], descending=[True, False]).head(10)
    names = ("user_id", "first_name", "last_name", "level", "plays", "sessions", "first", "last")
    return [(*row[:-2], naive(row[-2]), naive(row[-1])) for row in found.select(names).iter_rows()]


@answers
def at_risk(t):
    since = t["songplays"]["start_time"].max() - datetime.timedelta(days=14)
    found = per_user(t).filter((pl.col("level") == "paid") & (pl.col("last") < since))
    found = found.sort(["plays", "user_id"], descending=[True, False]).head(20)
    names = ("user_id", "first_name", "last_name", "plays", "last")
    return [(*row[:-1], naive(row[-1])) for row in found.select(names).iter_rows()]


@answers
def new_users(t):
    found = per_user(t).group_by(pl.col("first").dt.date()).len().sort("first")
    return rows(found)


@answers
def daily_users(t):
    found = (
        t["songplays"]
        .group_by(day=DAY)
        .agg(USER.n_unique(), pl.col("session_id").n_unique(), pl.len())
    )
    return rows(found.sort("day"))


@answers
def weekly_users(t):
    return rows(t["songplays"].group_by(week=WEEK).agg(USER.n_unique(), pl.len()).sort("week"))


@answers
def monthly_users(t):
    found = t["songplays"].group_by("year", "month").agg(USER.n_unique(), pl.len())
    return rows(found.sort("year", "month"))


@answers
def hours(t):
    time = pl.col("start_time")
    found = (
        t["songplays"]
        .group_by(weekday=time.dt.weekday() % 7 + 1, hour=time.dt.hour())
        .agg(pl.len(), USER.n_unique())
    )
    return rows(found.sort("weekday", "hour"))


@answers
def levels(t):
    found = (
        t["songplays"].group_by("level").agg(pl.len(), USER.n_unique(), pl.col("song_id").count())
    )
    found = found.sort(["len", "level"], descending=[True, False])
    return [(v, n, u, round(n / u, 1), percent(k, n)) for v, n, u, k in found.iter_rows()]


@answers
def levels_by_week(t):
    free, paid = (pl.col("level") == level for level in ("free", "paid"))
    found = (
        t["songplays"]
        .group_by(week=WEEK)
        .agg(
            free.sum().alias("f"),
            paid.sum().alias("p"),
            USER.filter(free).n_unique().alias("fu"),
            USER.filter(paid).n_unique().alias("pu"),
        )
    )
    return rows(found.sort("week"))


def changes(t):
    plays = t["songplays"].sort("user_id", "start_time", "songplay_id")
    plays = plays.with_columns(was=pl.col("level").shift(1).over("user_id"))
    return plays.filter(pl.col("was") != pl.col("level"))


@answers
def level_changes_by_week(t):
    found = (
        changes(t)
        .group_by(week=WEEK)
        .agg(
            (pl.col("level") == "paid").sum().alias("up"),
            (pl.col("level") == "free").sum().alias("down"),
        )
    )
    return rows(found.sort("week"))


@answers
def upgrades(t):
    found = changes(t).join(t["users"].drop("level"), on="user_id")
    found = found.sort("start_time", "user_id", "songplay_id").head(100)
    names = ("first_name", "last_name", "user_id", "was", "level", "start_time")
    return [(*row[:-1], naive(row[-1])) for row in found.select(names).iter_rows()]


@answers
def users_by_gender(t):
    found = t["users"].group_by("level", "gender").len()
    return rows(found.sort(["len", "level", "gender"], descending=[True, False, False]))


@answers
def locations(t):
    found = t["songplays"].group_by("location").agg(pl.len(), USER.n_unique())
    return rows(found.sort(["len", "location"], descending=[True, False]))[:20]


@answers
def states(t):
    state = pl.col("location").str.extract(", ([A-Z]+)", 1).fill_null("")
    found = t["songplays"].group_by(state=state).agg(pl.len(), USER.n_unique())
    return rows(found.sort(["len", "state"], descending=[True, False]))


SYSTEMS = [
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
]
BROWSERS = [
    ("Firefox", "Firefox"),
    ("Trident", "Internet Explorer"),
    ("MSIE", "Internet Explorer"),
    ("Opera", "Opera"),
    ("OPR/", "Opera"),
    ("Edge/", "Edge"),
    ("Edg/", "Edge"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
]


def first_in(agent, names):
    return next((name for word, name in names if word in (agent or "")), "other")


@answers
def devices(t):
    found = {}
    for agent, count in t["songplays"].group_by("user_agent").len().iter_rows():
        key = first_in(agent, SYSTEMS), first_in(agent, BROWSERS)
        found[key] = found.get(key, 0) + count
    return sorted(((*key, n) for key, n in found.items()), key=lambda r: (-r[2], r[0], r[1]))


# ---- Sessions ----------------------------------------------------------------------------------


def per_session(t):
    time = pl.col("start_time")
    return (
        t["songplays"]
        .group_by("session_id", "user_id")
        .agg(level=pl.col("level").max(), plays=pl.len(), began=time.min(), ended=time.max())
    )


@answers
def sessions(t):
    found = {}
    for level, plays, began, ended in (
        per_session(t).select("level", "plays", "began", "ended").iter_rows()
    ):
        found.setdefault(level, []).append(
            (plays, (ended - began) // datetime.timedelta(minutes=1))
        )
    answer = []
    for level, some in found.items():
        n = len(some)
        minutes, plays = sum(m for _, m in some) / n, sum(p for p, _ in some) / n
        alone = sum(p == 1 for p, _ in some)
        answer.append((level, n, round(minutes, 1), round(plays, 1), percent(alone, n)))
    return sorted(answer, key=lambda row: (-row[1], row[0] or ""))


@answers
def longest_sessions(t):
    found = per_session(t).join(t["users"].drop("level"), on="user_id")
    found = found.sort(["plays", "session_id", "user_id"], descending=[True, False, False]).head(10)
    names = (
        "session_id", "user_id", "first_name", "last_name", "level", "plays", "began", "ended",
    )  # fmt: skip
    return [(*row[:-2], naive(row[-2]), naive(row[-1])) for row in found.select(names).iter_rows()]


@answers
def retention(t):
    weeks = t["songplays"].select("user_id", week=WEEK).unique()
    weeks = weeks.with_columns(first=pl.col("week").min().over("user_id"))
    later = (pl.col("week") - pl.col("first")).dt.total_days() // 7
    found = weeks.group_by(cohort=pl.col("first"), later=later).len()
    return rows(found.sort("cohort", "later"))


@answers
def funnel(t):
    users = per_user(t)
    return [
        (
            users.height,
            (users["sessions"] > 1).sum(),
            (users["plays"] >= 50).sum(),
            users["ever_paid"].sum(),
            (users["level"] == "paid").sum(),
        )
    ]


@answers
def orphans(t):
    plays = t["songplays"]

    def lacks(column, table):
        return (
            plays.filter(pl.col(column).is_not_null()).join(t[table], on=column, how="anti").height
        )

    return [
        ("artist not in artists", lacks("artist_id", "artists")),
        ("song not in songs", lacks("song_id", "songs")),
        ("songplay_id twice", plays.height - plays["songplay_id"].n_unique()),
        ("start_time not in time", lacks("start_time", "time")),
        ("user not in users", lacks("user_id", "users")),
    ]
