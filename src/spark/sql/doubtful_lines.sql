FROM sparkify_{source}_parsed
      WHERE doubtful AND
