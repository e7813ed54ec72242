-- One GET, again and again, on behalf of the token's user.
dofile("bench/lua/summary.lua")

wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN")
