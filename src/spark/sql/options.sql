'allowSingleQuotes', 'false', 'allowNonNumericNumbers', 'false',
          'columnNameOfCorruptRecord', 'broken', 'maxNestingDepth', '{depth}',
          'maxNumLen', '2147483647', 'maxStringLen', '2147483647'
