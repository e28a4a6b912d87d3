"""Safe opening, reading and writing of files, with error messages. Standard library only; usable from every room."""
