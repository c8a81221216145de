concat('{"record":', text, ',"whole":true}')
