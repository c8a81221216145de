WHEN octet_length(regexp_replace(substr(`~{field}`, 2),
           r'[\x01-\x1F\x7F\x22#%\x27*/:=?\[\\\]^{]', '%XX')) > {limit}
      THEN 'out_of_range {field}: too long for the name of a folder'
    WHEN `~{field}` = '~{null_folder}'
      THEN 'out_of_range {field}: {null_folder} stands for null in the name of a folder'
