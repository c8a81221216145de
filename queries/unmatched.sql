-- The most played songs that the catalogue lacks, and what nearly matches.
-- A play matches a song when title, artist name and duration are all equal. `nearly` says what is
-- different where the catalogue has a song that is the same but for that: such plays match once
-- the catalogue, or the app, is corrected.
-- limit: 20
WITH folded_songs AS (
  SELECT s.song_id, s.title, a.name, lower(s.title) AS lower_title, lower(a.name) AS lower_name,
         translate(lower(s.title), 'áàâäãåāçčéèêëēíìîïīñóòôöõøōšúùûüūýÿž', 'aaaaaaacceeeeeiiiiinooooooosuuuuuyyz') AS plain_title,
         translate(lower(a.name), 'áàâäãåāçčéèêëēíìîïīñóòôöõøōšúùûüūýÿž', 'aaaaaaacceeeeeiiiiinooooooosuuuuuyyz') AS plain_name
  FROM songs s
  JOIN artists a ON a.artist_id = s.artist_id
),
lacking AS (
  SELECT song, artist, count(*) AS plays,
         translate(lower(song), 'áàâäãåāçčéèêëēíìîïīñóòôöõøōšúùûüūýÿž', 'aaaaaaacceeeeeiiiiinooooooosuuuuuyyz') AS plain_title,
         translate(lower(artist), 'áàâäãåāçčéèêëēíìîïīñóòôöõøōšúùûüūýÿž', 'aaaaaaacceeeeeiiiiinooooooosuuuuuyyz') AS plain_name
  FROM songplays
  WHERE song_id IS NULL AND song IS NOT NULL
  GROUP BY song, artist
),
near AS (
  SELECT l.song, l.artist,
         min(CASE WHEN f.title = l.song AND f.name = l.artist THEN '1 the duration'
                  WHEN f.lower_title = lower(l.song) AND f.lower_name = lower(l.artist) THEN '2 upper and lower case'
                  ELSE '3 accents' END) AS nearly,
         min(f.song_id) AS song_id
  FROM lacking l
  JOIN folded_songs f ON f.plain_title = l.plain_title AND f.plain_name = l.plain_name
  GROUP BY l.song, l.artist
)
SELECT l.song, l.artist, l.plays, substr(n.nearly, 3) AS nearly, n.song_id AS near_song_id
FROM lacking l
LEFT JOIN near n ON n.song = l.song AND n.artist = l.artist
ORDER BY l.plays DESC, l.song, l.artist NULLS FIRST
