IF({string} RLIKE r'\A(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}\z', try_cast({string} AS DATE), NULL)
