// What people listen to.

import { objects } from "../shared/answer.js";
import { bars, card, note } from "../shared/parts.js";

const UNNAMED = "No name";

const most = (rows, none) => (rows.length ? bars(rows, { ranked: true, unit: "plays" }) : note(none));

function topSongs(report) {
  const rows = objects(report.answers["top-songs"]);
  return card({
    name: "top-songs",
    title: "Most played songs",
    about: "Plays, whether or not the catalogue has the song",
    size: "half",
    body: most(rows.map((row) => ({ what: row.song, by: row.artist ?? UNNAMED, value: row.plays })), "No play names its song."),
    answer: () => report.answers["top-songs"],
  });
}

function topArtists(report) {
  const rows = objects(report.answers["top-artists"]);
  return card({
    name: "top-artists",
    title: "Most played artists",
    about: "Plays, whether or not the catalogue has the artist",
    size: "half",
    body: most(rows.map((row) => ({ what: row.artist, value: row.plays })), "No play names its artist."),
    answer: () => report.answers["top-artists"],
  });
}

export const music = (report) => [topSongs(report), topArtists(report)];
