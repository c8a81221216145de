transform(array({string}), text -> unix_micros(IF(
          text RLIKE r'\A(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?(?:Z|[+-](?:(?:0[0-9]|1[0-7]):?[0-5][0-9]|18:?00))\z',
          try_cast(concat(left(text, 16), IF(substr(text, 17, 1) = ':', '', ':00'),
            regexp_replace(substr(text, 17), r'([+-][0-9]{2})([0-9]{2})\z', '$1:$2')) AS TIMESTAMP), NULL)))
