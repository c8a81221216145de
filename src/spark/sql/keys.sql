LATERAL VIEW inline(array(from_json({object},
      '{schema}',
      {parse_options}))) AS {columns}
