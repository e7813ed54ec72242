"""The routes of packages, their evaluation settings and their results.

See: PKG-01, PKG-02, PKG-04, PKG-05, PKG-06, PKG-11, BEV-01, BEV-02, BEV-03.
"""

from typing import Annotated

from fastapi import Body, Query
from fastapi.routing import APIRouter

from mock_server.http import long_responses
from mock_server.http.endpoint import CurrentCall, OperationRoute
from mock_server.http.media_types import File
from mock_server.operations import backhaul, packages
from mock_server.platform_api.declaration import operation
from mock_server.platform_api.schemas import backhaul as evaluations
from mock_server.platform_api.schemas import packages as schemas
from mock_server.state import turn

router = APIRouter(route_class=OperationRoute)

PACKAGES = "/package_builder/packages"
PACKAGE = PACKAGES + "/{package_id}"
PACKAGES_PER_STEP = 20
"""How many packages are encoded in a step, because each may have 100 events."""
SETTINGS = PACKAGE + "/backhaul_evaluation_details"


@router.get(f"{PACKAGES}/", **operation("listPackages"))
async def list_packages(call: CurrentCall) -> list[schemas.PackageBody]:
    views = await turn.run(call.turn, packages.list_packages, call)
    return await long_responses.build_array(call.turn, views, schemas.package_bodies, PACKAGES_PER_STEP)


@router.post(PACKAGES, **operation("createPackage", status=201, error_statuses=(404,), has_body=True))
async def create_package(call: CurrentCall, body: Annotated[schemas.NewPackageBody, Body()]) -> schemas.PackageBody:
    return schemas.package_body(packages.create_package(call, body.to_package_order()))


@router.post(f"{PACKAGES}/merge", **operation("mergePackages", status=201, error_statuses=(404, 409)))
async def merge_packages(call: CurrentCall, query: Annotated[schemas.MergeQuery, Query()]) -> schemas.PackageBody:
    return schemas.package_body(await turn.run(call.turn, packages.merge_packages, call, query.packages_ids))


@router.post(PACKAGE + "/regenerate", **operation("regeneratePackage", error_statuses=(404, 409)))
async def regenerate_package(call: CurrentCall, package_id: str) -> schemas.PackageBody:
    return schemas.package_body(packages.regenerate_package(call, package_id))


@router.get(PACKAGE, **operation("getPackage", error_statuses=(404,)))
async def get_package(call: CurrentCall, package_id: str) -> schemas.PackageDetailBody:
    return schemas.package_detail_body(packages.get_package(call, package_id))


@router.get(
    PACKAGE + "/{tc}/customer_list",
    **operation("getClusterCustomers", error_statuses=(404, 409), response_model=list[str], may_return_csv=True),
)
async def get_cluster_customers(call: CurrentCall, package_id: str, tc: str) -> list[str] | File:
    return schemas.customers_body(packages.get_cluster_customers(call, package_id, tc), tc, call.quirks)


@router.put(SETTINGS, **operation("replaceEvaluationSettings", error_statuses=(404, 409), has_body=True))
async def replace_evaluation_settings(
    call: CurrentCall, package_id: str, body: Annotated[evaluations.SettingsBody, Body()]
) -> evaluations.SettingsAnswer:
    return evaluations.settings_answer(backhaul.replace_settings(call, package_id, body.to_settings()))


@router.get(SETTINGS, **operation("getEvaluationSettings", error_statuses=(404,)))
async def get_evaluation_settings(call: CurrentCall, package_id: str) -> evaluations.SettingsAnswer:
    return evaluations.settings_answer(backhaul.get_settings(call, package_id))


@router.get(PACKAGE + "/backhaul_evaluation", **operation("getEvaluation", error_statuses=(404,)))
async def get_evaluation(call: CurrentCall, package_id: str) -> list[evaluations.ClusterEvaluationBody]:
    return evaluations.cluster_evaluation_bodies(backhaul.get_evaluation(call, package_id))
