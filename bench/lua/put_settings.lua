-- Repeat a PUT of evaluation settings, with a window from 1 to 365 days and then from 1 again.
dofile("bench/lua/summary.lua")

wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN")
wrk.headers["Content-Type"] = "application/json"

local body = '{"backhaul_evaluation_attribution_window":%d,"backhaul_evaluation_model":"EVENTS_FROM_PACKAGE",'
  .. '"email_sent_date":"2026-09-01"}'
local requests, turn = {}, 0

function init(args)
  for window = 1, 365 do
    requests[window] = wrk.format("PUT", nil, nil, string.format(body, window))
  end
end

function request()
  turn = turn % 365 + 1
  return requests[turn]
end
