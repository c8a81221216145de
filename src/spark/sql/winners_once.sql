-- Of each key of the {source} the record that wins. (What tables and look-ups are made of.)
CACHE LAZY TABLE sparkify_winners_{number} AS
{winners}
