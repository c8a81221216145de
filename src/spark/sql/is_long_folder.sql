octet_length(regexp_replace({field}, r'[\x01-\x1F\x7F\x22#%\x27*/:=?\[\\\]^{]', '%XX')) > {limit}
