CASE {text} WHEN 'true' THEN true WHEN 'false' THEN false END
