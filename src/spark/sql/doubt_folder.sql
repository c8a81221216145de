octet_length({value}) * 3 > {limit}
        OR {value} = '{null_folder}'
