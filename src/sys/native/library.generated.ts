/** Made by build.mjs from the C files here; do not edit. x86_64 shared object, gzip, base64. */
export const LIBRARY_SHA256 = '77256add7219ac61a6a752f36e1de3e237708bbf8ae98df42c51d208e2139a94';
export const LIBRARY_X86_64 =
  'H4sIAAAAAAACA+1Yb0wcxxV/e3A2BNyxHVz5gymo2ihcEl84J1a6aZswzR2ZTedik5AUZFzrDHeGNtwRbs8FCcHFy0mMrksu/RQp' +
  'H+qqX2ylH+gfUeIm7R6Yf3GbAJGoK/WDP9jynTE2InKKE9vbzN7uGa622khVP1Q8Cd57szPz3vu9eTM3M+Cj9Q5BAJuK4Bm4qwHU' +
  'Wbxn+/q2b4ET6uABKDX7OuH+1FW6kYM1Dx+3BQAOopx+sGojH4GN3B7n+IrjSizecElp2wL/OdnhvnRJaSv+CvZs7ByWbMd5wmwl' +
  'ps6//eOx1un0LwLT97PP++2EYlixJrxigYys9gtbc/oneaAj3Up75LXgkWhrIHxX6+poi66fF/8AvyqzRfwKbnzlZaJerSVJr9hO' +
  'WJ/4NmGKeFLW9giUecUxwlrEU0T6EGnvOgHIt71iF/rpSS4mvWIXYVRMUa1P/DPRWsRzlFFRD6FI5batAJ+i/oecWwGIlhq6ZhiE' +
  'zZF05lkizJH5NcK84gjRvOJ5Lg2FUny2k37tdJMA4Pnse8mKETyNK3bfMgw8janpMWsoDmG0GCjHaEdzNf9XG3KjqsEcoq3jbJ6o' +
  'UwLp0I+FQqH0zSqSXvuma4bNa9+JC4brppquHSp/gs2zcfVm6cDHJNkoDsla8VMhVOUFQKPEIGpGIOq4MPSCIUvTsatT3ifPA0n2' +
  'iW/7PAtjvDhIUhGHzgDUAHLK7KxHx2PcYX/iooxePIsZLunpMTtSdvkMX3RE23/UCYCchE2ThI6GfmfO0iiOUHYNVdWBZ9nnWSAs' +
  'g5xEXbulrMjshsx0wq6NFfGo2BXk9Og+hstljRj+hD5wIGfSs8B94n0ou0zYInL6mCCrUwKVFDGFBn9blMvQKerKWEmbLgLws2z2' +
  'rTuGkSKqLsiSrpTh+PsCn7AmdpVI6YGKpUoTD6JmBSKl0aDqAMDx90t5H1csY2eDqGsCGg47AIg0g7QgF7SGIlmaQ8NNDgBtpFkA' +
  'WEXbd60W89y9Xsc+ck1p9QZm2IvRqHeb471iM6uYcBxwvG8XVGP2IdG6BfYxSvwBAGRpBQ3/hveK9+2HvWhwgFtOOt8s5tCshggK' +
  'Z0Lour5UmVpFzeNqpjaErs/yFK6iR2ZWUVNaluaUH2E0OriD++/VmuZw/IvS4/NEWlRaVlHz5CpGOwZnU2ZEaQGzXorVz3crXh7I' +
  'm8cMw1iSTDwww+XZN+4YBlHHHbI01/+NL/1Aph+Lph/ZqGEYVJpCidccACmc7KWqUYKGv89hkNFjb5wHgNMA1YAGn+JrRsjgD4Rc' +
  '/jhM58zsnPUs0ySvOm3/CzyDWqPII1xOyeiXGaS+CwC+xLJShtXeYgdKvMOxOcP35rEygS8zljZXWb/ZzvMUQ9lff7mNpag0hwZ/' +
  'DgD1aHTPTsrm/dpLAo5/cSh2iQfOkzg8xFEQ5qlW4TBRrUJVsAHXdB5XKs0r29CokEf0r57ZEHrchNObPXhcxoyeribqpEDUqXKi' +
  '3i5BCckwDD+7ILNbftcMVvWtWL2w5m/N+IW/ZPfeNozcumPp7I8Nw5CnvdmDPID3rvAkjNjrzi9kKNOpa+ZUkfJ1VAWyqgt4qs4A' +
  'uzW2jBnebRcsLw5t/0UBwCxHuw57sFWDU/b+4TMLkeYL8brMVgibpFYhUl6IslZRQxLLLEPRgXHM8Pa8JxWpe/uxB5/hJwhllykb' +
  '53uBkM+Uz7MsCzpJ6JjhCopeHM9+etswaLJFTPEVoFN23u+a5G72UPYIUc/WHjqMW/Bh/EN8ZMLqseJ3TS79fRU1ZzjuvzKXMV/C' +
  '2RN8Krbi8ywvfZDb3/CrHJK/8Q58yyfsBmEfvUzYJ5SNc2dmZTaJze8koff3e3RUFee4UE3cgtEoFR/0ay3ig16tYQ7HPy/9yTM+' +
  'zwKvWzVb+7xW8TNZnRDQH2frtYoGjEbLvNrrczh+p/T4BV9iQdk5OBv7GpXOKU/Xs0YNZF5o6PdU3E6EGSpl+t4xkdf5ljpJEvrA' +
  'CX9i+dBhP/JmcQtlGR7zhDw9edEwjEOHeYMJw8SGczKqBBRoPdYdiXVBdySiFJ6j4ejjnWElL3d1tOXlcPBueywa7M7LSjTf3tHV' +
  'mpctK6asdHQG11lZedbif8px0f7ZBPwkW/8Hm7RJm7RJm/R/STfuGBHOm6x7m303nrF0+w4at/QHLL3S4mX2ufE/8vf55557urrG' +
  'GzzaEQhXe/a597lr93qefLQteNSzL+ZxWU0A7mh7VOlWAkfBfSwcc7cHou3gbusNR3s7c1zpBrcS7FHA3R1pCygBcAfbj4S6A51B' +
  '83ugs6MV3K2Rzs5gWPkv+M1x+swwIg5Lt/G2ec26e/j6dwCbdllzOAryYXOSfw/J3cVLCvJSaX1zFOTX5pX3uM+vp4fWvQ2YvxyE' +
  'jXxiy73fI2x61Bpv29dLNvKRgv7VBfoTBeP/5Z2mgArx+67lexEUvIugjfaLCsbbcdRb9mvv8/Dy8H3wW8+L7uHnw9b4A/8G/38C' +
  'haj7B/gSAAA=';
