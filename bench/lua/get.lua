-- Repeat one GET with the given token.
dofile("bench/lua/summary.lua")

wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN")
