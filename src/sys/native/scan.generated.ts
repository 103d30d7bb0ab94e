/** Made by build.mjs from scan.c; do not edit. x86_64 shared object, gzip, base64. */
export const SCAN_SHA256 = '0051554f01c46568f13838df8eea4b83b9640e3f45d918c767150a3e33ed2857';
export const SCAN_X86_64 =
  'H4sIAAAAAAACA+1Yb2xb1RU/z47bhAbdtkunfkhwhB6i5o+JWyJ4+wO5YJf70HX/rbBGhFVuYjcBYmf2M0q0iJi9WMqVecESEuJj' +
  '6aStlSYtmlCUZUx7Ds2fsg2SfsiKxAc+UNUmTRtlAlIovey+vOcmpoUhTfuyHMk+5/495/7OOe+9cwdCdK9LksAhNzwCN1oALTbv' +
  '3bq272HwQAvcBjXWXA/cmg5Ur+dg7yPWbRL9yB73rucjsJ4761zfc52j9uAFrWMT/OfkHPfQBa2j6nvoc7Bz2bJzzlUi5fHP72uf' +
  '/jb9Yt52qALTXvCOA3JPIql1Jl6IHk21R+IA+Of4aZXN46fw4ad+RvRLTSQXlDsJ65ffIEyTT6hGvURZUB4jrE0+RZR3kTHoASA/' +
  'Dso96JU+IeaCcg9hVM5To1/+OzHa5L9RRmUzhhINDZsA/oVeumvHJgBi5E9d5pywWVIoPkqkWTK3QlhQHiFGUD4vpKFYXux2Imyc' +
  'PiIBBD57LFc3gqdx3c5rnMcwmo/UYnawCqNtrY3irymWJ+0TbI7oUxLpMo/HYrHCVS8prNzpm2Fzxk8yEvdd1QtNQ7V72Byb0K/W' +
  'DLxPcoflIdWoeiiGvEEANEo40YsS0SekoSe5qkynL00FHzwPJNcvvxEKnBsTwU1ymjw0DrALkEdlZwImHhMGhrMfq2jfGcxwdW+v' +
  'NZGyi+MiaIjR/OsqAOQhbJpkTTT0lrXLYXmEssvI2wKBxVDgHGFF5CH6yjVtSWWfqswk7PKYW/iZfYI8ATPEcK1qEB7OmgP7V1UG' +
  'zgmbxBzKLhI2jzwhJqn6lEQVTc6jwdfcqx45RX1F20m/cwOEWan05nXO80Q3JVUxtS0487YkNtyVvkSUwkDdQoOFB9FLElEKaPB5' +
  'FwDOvF0j5vjSRTyNqRWB+oqEhp92ARBlBhlhIRgH3aoyi4ZbXADGSKsEsIy27theBYDZL1vYe74pYy/HDAcxGg3e7vqTyAfMMBE4' +
  '4Ez/DmjE7F1iJCX2Psr+GQBUZQkN/1HMyvQ3w/1ocEBoznn+IA7HlmMExYsxdMVcaMgvo9YJvdgUQ1fOChcuo3tmltGRgqrMas9h' +
  'NDq4TdgfNI7M4syXNS/OEWVea1tGrZPLGG0bPJu3TlSQMOujWP9ipxYUB3n1OOd8QbHwwAzXll6+zjnRJ1yqMvvSHf+24wHLjnnL' +
  'jlKKc06VKZSlLoA8zvVRnVej4T0CBhXd9/J5ADgN0Aho0CtiRiriv0ir/hMwLbiEd84EFmlOZJnR/JwF6WG5aOlX0W+KSP8tAISy' +
  'i9oWrPdVuVD2dYHNuHi2jm2RRJgFzpKsSdC+Gczo6cbePjwunJXeXnpPDHtbgCqzaPBVANiLRuu3UzYXNg5JOPPlM+kLAgDhzOGT' +
  'IkalOWrUuyx0vcgL6/AtlPGlygfa7WhUChoHZnHmi5oX/ykADZYOEH1SIvpULdG/qkbZRzjnYfaRyq6FfTNYNzdj/aOVcHsxLP2j' +
  'tPsrzmN5wgqlX3HOnfgKS0XKTOqbOeXWfoi8oOqmhKdaODi96UXM8E4nMUUSGM31EoCVdk6+9Sp2rk2FrESj5US7orIlwiapnWhU' +
  'JJpq1O0i2UVWpGj/BGZ4a9mCuvzN9dfjcfGEp+wiZRPEaD55wxOhwKIqmSRrYobrKNo3UfrBdc5prk3OCw+blJ0P+yaFeb2U3UP0' +
  'M03PPIvb8LP4F/joO/aMpbBvcuHDZdRaFKj+3gpTEaKlkwIzdMUsDYs92VIosLjw1re+h1JaRIP248lEugeSiYRWOR5PPdAd18py' +
  'T1dHWY5Hb/SnU9FkWdZS5f6unvaybGuxZK2rO7pGy9KjNv/rKpedzwIQT/a1P9igDdqgDdqgDfo/pE+v84TgR+y6zSnbRuy2Uwtm' +
  '7PZtdtsuL2GL8179H9n7xOOP/6hxVzB6rCsSbwzs9u/2N90fePDejuixwO50wGd3AfhTnSktqUWOgf94PO3vjKQ6wd/RF0/1da9y' +
  'LQl+LdqrgT+Z6IhoEfBHO4/GkpHuqDUe6e5qB397ors7Gtf+C3YLnD7jPOGy2w7eDpfX1OFr7wEc2mHv4arwh8Obyvchq7V4dYVf' +
  'GuwxV4V/HY5uUs+vpbsq7gacOv8b9X7FfYRD99rrHf0nNq/nIxXzGyvaeyrWf+OepoIqu39q2+6GinsRtF6/u2K9c469tv6mW1y8' +
  '3H0L/NZy903svNtev/878P8a1jT1GvgSAAA=';
