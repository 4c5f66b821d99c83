module example.com/brazier-start

go 1.21
