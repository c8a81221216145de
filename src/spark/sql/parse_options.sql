map({options})
