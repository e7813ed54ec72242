"""Packages, their evaluation settings and results, over HTTP."""

from typing import Annotated

from fastapi import Body, Query
from fastapi.routing import APIRouter

from mock_server.http.endpoint import CurrentCall
from mock_server.operations import backhaul, packages
from mock_server.platform_api.declaration import OperationSpec, operation
from mock_server.platform_api.schemas import backhaul as evaluations
from mock_server.platform_api.schemas import packages as schemas

PACKAGES = "/package_builder/packages"
PACKAGE = PACKAGES + "/{package_id}"
SETTINGS = PACKAGE + "/backhaul_evaluation_details"


def declare(router: APIRouter) -> None:
    """Rules: PKG-01, PKG-02, PKG-04, PKG-05, PKG-06, PKG-11, BEV-01, BEV-02, BEV-03."""
    _declare_packages(router)
    _declare_evaluation(router)


def _declare_packages(router: APIRouter) -> None:
    @operation(router, "GET", f"{PACKAGES}/", OperationSpec("listPackages"))
    async def list_packages(call: CurrentCall) -> list[schemas.PackageBody]:
        return schemas.package_bodies(packages.list_packages(call))

    @operation(
        router, "POST", PACKAGES, OperationSpec("createPackage", status=201, error_statuses=(404,), has_body=True)
    )
    async def create_package(call: CurrentCall, body: Annotated[schemas.NewPackageBody, Body()]) -> schemas.PackageBody:
        return schemas.package_body(packages.create_package(call, body.to_package_order()))

    @operation(
        router, "POST", f"{PACKAGES}/merge", OperationSpec("mergePackages", status=201, error_statuses=(404, 409))
    )
    async def merge_packages(call: CurrentCall, query: Annotated[schemas.MergeQuery, Query()]) -> schemas.PackageBody:
        return schemas.package_body(packages.merge_packages(call, query.packages_ids))

    @operation(router, "POST", PACKAGE + "/regenerate", OperationSpec("regeneratePackage", error_statuses=(404, 409)))
    async def regenerate_package(call: CurrentCall, package_id: str) -> schemas.PackageBody:
        return schemas.package_body(packages.regenerate_package(call, package_id))

    @operation(router, "GET", PACKAGE, OperationSpec("getPackage", error_statuses=(404,)))
    async def get_package(call: CurrentCall, package_id: str) -> schemas.PackageDetailBody:
        return schemas.package_detail_body(packages.get_package(call, package_id))

    @operation(
        router, "GET", PACKAGE + "/{tc}/customer_list", OperationSpec("getClusterCustomers", error_statuses=(404, 409))
    )
    async def get_cluster_customers(call: CurrentCall, package_id: str, tc: str) -> list[str]:
        return list(packages.get_cluster_customers(call, package_id, tc))


def _declare_evaluation(router: APIRouter) -> None:
    @operation(
        router, "PUT", SETTINGS, OperationSpec("replaceEvaluationSettings", error_statuses=(404, 409), has_body=True)
    )
    async def replace_evaluation_settings(
        call: CurrentCall, package_id: str, body: Annotated[evaluations.SettingsBody, Body()]
    ) -> evaluations.SettingsAnswer:
        return evaluations.settings_answer(backhaul.replace_settings(call, package_id, body.to_settings()))

    @operation(router, "GET", SETTINGS, OperationSpec("getEvaluationSettings", error_statuses=(404,)))
    async def get_evaluation_settings(call: CurrentCall, package_id: str) -> evaluations.SettingsAnswer:
        return evaluations.settings_answer(backhaul.get_settings(call, package_id))

    @operation(router, "GET", PACKAGE + "/backhaul_evaluation", OperationSpec("getEvaluation", error_statuses=(404,)))
    async def get_evaluation(call: CurrentCall, package_id: str) -> list[evaluations.ClusterEvaluationBody]:
        return evaluations.cluster_evaluation_bodies(backhaul.get_evaluation(call, package_id))
