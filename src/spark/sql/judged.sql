-- Every record of the {source}, with its fault.
CREATE OR REPLACE TEMPORARY VIEW sparkify_{source}_judged AS
{parsed_and}SELECT {fields}, fault, unknown, discarded FROM sparkify_{source}_checked
