replace(replace(replace(text, '\\\\', '\u0001\u0001'), '\\"', '\u0001\u0002'), '\\', '\u0001')
