"""The servers of broken deployments with all that they import, for processes that are forked."""

from mock_server.control import router as router
from mock_server.worlds import sample as sample
from tests.defects import registry
from tests.defects import serve_defect as serve_defect

registry.all_defects()
