(contains(text, r'\ud') OR contains(text, r'\uD'))
           AND text RLIKE r'\\u[dD][89a-fA-F]'
           AND text RLIKE r'^(?:[^\\]++|\\[^u]|\\u(?![dD][89a-fA-F])|\\u[dD][89abAB]..\\u[dD][c-fC-F]..)*+\\u'
