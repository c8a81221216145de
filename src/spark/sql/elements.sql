LATERAL VIEW inline(transform(array(from_json({array}, 'ARRAY<STRING>',
      {parse_options})), elements -> struct({elements}))) AS {columns}
