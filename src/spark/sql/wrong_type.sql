concat('wrong_type {name}: expected {expected}, found ', decode(left({text}, 1),
        '~', '{found_string}', '#', '{found_number}', '{', 'an object', '[', 'an array', 'a boolean'))
