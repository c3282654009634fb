// GET /admin/doctor.
#pragma once

#include <boost/json/object.hpp>

#include "daemon/http/routes.hpp"
#include "daemon/service/doctor.hpp"

namespace byok::http {

net::Awaitable<Result<Reply>> show_diagnosis(service::Worker& worker, service::Exchange& exchange,
                                             const PathParameters& path);

// As the endpoint answers it, and `byokd --doctor` prints it.
boost::json::object diagnosis_value(const service::Diagnosis& diagnosis);

}  // namespace byok::http
