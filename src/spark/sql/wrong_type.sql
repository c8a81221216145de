concat('wrong_type {name}: expected {expected}, found ', decode(left({tagged}, 1),
        '~', 'a string', '#', 'a number that is not one', '{', 'an object',
        '[', 'an array', 'a boolean'))
