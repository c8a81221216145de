concat('wrong_type {name}: expected {holder} that holds it, found ', decode(left({place}, 1),
        '~', 'a string', '#', 'a number', '{', 'an object', '[', 'an array', 'a boolean'))
