"""Text as the reference reads and writes it: JSON, numbers, timestamps, base64, UTF-8 and Thrift."""
