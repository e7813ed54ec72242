"""Packages, their evaluation settings and results, over HTTP."""

from typing import Annotated

from fastapi import Body, Query
from fastapi.routing import APIRouter

from mock_server.http.endpoint import CallNow
from mock_server.operations import backhaul, packages
from mock_server.platform_api.declaration import Declared, operation
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
    @operation(router, "GET", f"{PACKAGES}/", Declared("listPackages"))
    async def list_packages(call: CallNow) -> list[schemas.PackageBody]:
        return schemas.packages(packages.list_packages(call))

    @operation(router, "POST", PACKAGES, Declared("createPackage", status=201, refuses=(404,), body=True))
    async def create_package(call: CallNow, body: Annotated[schemas.NewPackageBody, Body()]) -> schemas.PackageBody:
        return schemas.package(packages.create_package(call, body.order()))

    @operation(router, "POST", f"{PACKAGES}/merge", Declared("mergePackages", status=201, refuses=(404, 409)))
    async def merge_packages(call: CallNow, query: Annotated[schemas.MergeQuery, Query()]) -> schemas.PackageBody:
        return schemas.package(packages.merge_packages(call, query.packages_ids))

    @operation(router, "POST", PACKAGE + "/regenerate", Declared("regeneratePackage", refuses=(404, 409)))
    async def regenerate_package(call: CallNow, package_id: str) -> schemas.PackageBody:
        return schemas.package(packages.regenerate_package(call, package_id))

    @operation(router, "GET", PACKAGE, Declared("getPackage", refuses=(404,)))
    async def get_package(call: CallNow, package_id: str) -> schemas.PackageDetailBody:
        return schemas.detail(packages.get_package(call, package_id))

    @operation(router, "GET", PACKAGE + "/{tc}/customer_list", Declared("getClusterCustomers", refuses=(404, 409)))
    async def get_cluster_customers(call: CallNow, package_id: str, tc: str) -> list[str]:
        return list(packages.get_cluster_customers(call, package_id, tc))


def _declare_evaluation(router: APIRouter) -> None:
    @operation(router, "PUT", SETTINGS, Declared("replaceEvaluationSettings", refuses=(404, 409), body=True))
    async def replace_evaluation_settings(
        call: CallNow, package_id: str, body: Annotated[evaluations.SettingsBody, Body()]
    ) -> evaluations.SettingsAnswer:
        return evaluations.settings(backhaul.replace_settings(call, package_id, body.settings()))

    @operation(router, "GET", SETTINGS, Declared("getEvaluationSettings", refuses=(404,)))
    async def get_evaluation_settings(call: CallNow, package_id: str) -> evaluations.SettingsAnswer:
        return evaluations.settings(backhaul.get_settings(call, package_id))

    @operation(router, "GET", PACKAGE + "/backhaul_evaluation", Declared("getEvaluation", refuses=(404,)))
    async def get_evaluation(call: CallNow, package_id: str) -> list[evaluations.ClusterEvaluationBody]:
        return evaluations.rows(backhaul.get_evaluation(call, package_id))
