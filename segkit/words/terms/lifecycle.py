"""Columns of customer value over time: repeat purchases, the models of them, and lifetime value."""

from __future__ import annotations

from segkit.words.terms.term import Term

COLUMNS = (
    # what each customer bought
    Term("repeat_frequency", "Repeat purchases", "Số lần mua lặp lại", "number", "higher",
         "Days with a purchase after the customer's first one. A customer who bought once has 0.",
         "Số ngày có mua hàng sau lần mua đầu tiên. Khách hàng mới mua một lần có giá trị 0."),
    Term("last_purchase_age", "Time to last purchase", "Thời gian đến lần mua cuối", "number", "higher",
         "Time from the customer's first purchase to the last one, in the unit of the model (weeks by default).",
         "Thời gian từ lần mua đầu tiên đến lần mua cuối của khách hàng, theo đơn vị của mô hình (mặc định là tuần)."),
    Term("customer_age", "Time since first purchase", "Thời gian từ lần mua đầu", "number", "",
         "Time from the customer's first purchase to the end of the data the model may know, in the model's unit.",
         "Thời gian từ lần mua đầu tiên đến hết phần dữ liệu mà mô hình được biết, theo đơn vị của mô hình."),
    Term("repeat_monetary", "Spend per repeat purchase", "Chi tiêu mỗi lần mua lặp lại", "money", "higher",
         "Mean amount of the customer's repeat purchases; 0 where there is none.",
         "Số tiền trung bình của các lần mua lặp lại; bằng 0 nếu chưa có lần nào."),
    Term("holdout_frequency", "Purchases in the holdout", "Số lần mua trong kỳ kiểm chứng", "number", "higher",
         "Days with a purchase in the holdout, the last part of the data, which the model has not seen.",
         "Số ngày có mua hàng trong kỳ kiểm chứng, phần dữ liệu cuối mà mô hình chưa thấy."),
    Term("holdout_age", "Length of the holdout", "Độ dài kỳ kiểm chứng", "number", "",
         "Time from the end of the data the model may know to the last day looked at, in the model's unit.",
         "Thời gian từ khi hết phần dữ liệu mô hình được biết đến ngày cuối được xét, theo đơn vị của mô hình."),
    Term("holdout_monetary", "Spend in the holdout", "Chi tiêu trong kỳ kiểm chứng", "money", "higher",
         "Amount the customer spent in the holdout.",
         "Số tiền khách hàng đã chi trong kỳ kiểm chứng."),
    # the fitted model
    Term("parameter", "Parameter", "Tham số", "text", "",
         "A number of the model that is learned from the data.",
         "Một con số của mô hình, được ước lượng từ dữ liệu."),
    Term("purchase_model", "Model of value", "Mô hình giá trị", "text", "",
         "Which model of repeat buying or of spending was fitted.",
         "Mô hình mua lặp lại hoặc mô hình chi tiêu đã được ước lượng."),
    Term("is_converged", "Converged", "Đã hội tụ", "message", "",
         "Whether the fit ended at a maximum of the likelihood. Where it did not, the figures are not to be used.",
         "Phép ước lượng có kết thúc tại điểm cực đại của hàm hợp lý hay không. Nếu không thì không nên dùng các con "
         "số."),
    Term("gradient_norm", "Slope left", "Độ dốc còn lại", "decimal", "lower",
         "How steep the likelihood still is where the fit ended: 0 at a perfect maximum.",
         "Hàm hợp lý còn dốc bao nhiêu tại điểm kết thúc: bằng 0 nếu đúng điểm cực đại."),
    Term("undetermined", "Undetermined parameters", "Tham số không xác định được", "text", "",
         "Parameters the data say nothing sure about: at the edge of what is searched, or the likelihood is flat.",
         "Những tham số mà dữ liệu không cho biết chắc: nằm ở biên vùng tìm kiếm, hoặc hàm hợp lý phẳng."),
    # what it foresees
    Term("probability_alive", "Probability alive", "Xác suất còn mua", "percent", "higher",
         "Probability that the customer will still buy, given how often and how lately the customer bought.",
         "Xác suất khách hàng còn tiếp tục mua, căn cứ vào mức độ thường xuyên và lần mua gần nhất."),
    Term("expected_purchases", "Expected purchases", "Số lần mua kỳ vọng", "number", "higher",
         "Purchases the model expects of the customer in the time ahead.",
         "Số lần mua mà mô hình dự kiến ở khách hàng trong thời gian tới."),
    Term("expected_monetary", "Expected spend per purchase", "Chi tiêu kỳ vọng mỗi lần mua", "money", "higher",
         "Amount expected per future purchase: between the customer's own mean and that of all customers.",
         "Số tiền dự kiến cho mỗi lần mua tới: nằm giữa mức trung bình của khách hàng và của toàn bộ khách hàng."),
)
