concat('wrong_type {field}: expected {expected}, found ', decode(left(`~{field}`, 1),
        '~', 'a string', '#', 'a number that is not one', '{', 'an object',
        '[', 'an array', 'a boolean'))
