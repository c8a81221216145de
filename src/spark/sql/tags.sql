regexp_replace(regexp_replace({copied}, r'"({string_text})"', '"~$1"'),
          r'\G((?:[^"0-9-]++|"{string_text}")*+)(-?[0-9][-+.0-9eE]*+)', '$1"#$2"')
