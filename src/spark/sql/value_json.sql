CASE left(coalesce({raw}, {text}), 1)
        WHEN '#' THEN substr({text}, 2)
        WHEN '~' THEN coalesce(concat('"', translate(substr({raw}, 2), '\u0001\u0002', '\\"'), '"'),
          regexp_extract(to_json(array(substr({text}, 2))), r'\A.(.*).\z', 1))
        ELSE coalesce(
          translate(regexp_replace(regexp_replace(
              IF(contains({raw}, '\\'), get(from_json(concat('["', replace({raw}, '"', '\\"'), '"]'), 'ARRAY<STRING>',
                {parse_options}), 0), {raw}),
              r'"#([-+.0-9eE]+)"', '$1'), '"~', '"'), '\u0001\u0002', '\\"'),
          -- of a field whose key is written with escapes
          regexp_replace(regexp_replace({text}, r'"#([-+.0-9eE]+)"', '$1'), r'(?<!\\)"~', '"'))
        END
